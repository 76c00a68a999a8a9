/** Tests that a simulated buy is refused if it delivers too few tokens, none, or to another account. */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { requireDelivery } from "../../src/engine/buy/delivery.ts";

const tokenAccount = "own" as Address;
const deliver = (before: bigint | null, after: [string, bigint][]) => () =>
  requireDelivery(
    { minTokensOut: 100n },
    { tokenAccount, tokens: before },
    { tokensAfter: new Map(after.map(([address, tokens]) => [address as Address, tokens])) },
  );

describe("a simulated buy", () => {
  it("passes when the wallet's own token account receives the least amount", () => {
    expect(deliver(null, [["own", 100n]])).not.toThrow();
    expect(deliver(50n, [["own", 150n]])).not.toThrow();
  });

  it("is refused when it delivers less, elsewhere, or nothing", () => {
    const refused = expect.objectContaining({ code: "CTO_E_TRANSACTION_REFUSED" });
    expect(deliver(null, [["own", 99n]])).toThrow(refused);
    expect(deliver(50n, [["own", 149n]])).toThrow(refused);
    expect(deliver(null, [["another", 1_000n]])).toThrow(refused);
    expect(deliver(50n, [])).toThrow(refused);
  });
});
