/** Tests which wallets take part in an operation if some of them are disabled. */
import { describe, expect, it } from "vitest";
import { chooseParticipants } from "../../src/engine/operation/validate.ts";
import type { Wallet, WalletRole } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";

const wallet = (id: string, role: WalletRole = "buyer", disabled = false): Wallet => ({
  id,
  userId: "alice",
  role,
  address: addressOf(id),
  position: 1,
  createdAt: new Date(0),
  ...(disabled ? { disabledAt: new Date(0) } : {}),
});

const choose = (wallets: readonly Wallet[], request: object = {}) =>
  chooseParticipants({ userId: "alice", mode: "standard", ...request }, wallets);

const ONE_OFF = [wallet("f", "funding"), wallet("a"), wallet("b", "buyer", true), wallet("c")];
const refusedWith = (code: string) => expect.objectContaining({ code });

describe("disabled wallets", () => {
  it("are left out of a new operation, and of its weights", () => {
    expect(choose(ONE_OFF).buyers.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(choose(ONE_OFF, { weights: [1, 2] }).buyers).toHaveLength(2);
    expect(() => choose(ONE_OFF, { weights: [1, 2, 3] })).toThrow(refusedWith("CTO_E_WEIGHTS_INVALID"));
  });

  it("may not be named, nor pay", () => {
    expect(() => choose(ONE_OFF, { walletIds: ["a", "b"] })).toThrow(refusedWith("CTO_E_WALLET_DISABLED"));
    const noPayer = [wallet("f", "funding", true), wallet("a")];
    expect(() => choose(noPayer)).toThrow(refusedWith("CTO_E_WALLET_DISABLED"));
    expect(choose(noPayer, { mode: "prefunded" }).buyers).toHaveLength(1);
  });

  it("are no wallets, where there are no others", () => {
    const all = [wallet("f", "funding"), wallet("b", "buyer", true)];
    expect(() => choose(all)).toThrow(refusedWith("CTO_E_USER_HAS_NO_WALLETS"));
  });
});
