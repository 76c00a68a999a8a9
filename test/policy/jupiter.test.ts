/** Tests that the policy refuses each swap of Jupiter that differs in any part from what was meant. */
import { AccountRole, type Address, generateKeyPairSigner } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { beforeAll, describe, expect, it } from "vitest";
import {
  checkJupiterSwap,
  type MeantSwap,
  oursAmong,
  type SwapInstruction,
} from "../../src/policy/jupiter.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import fc from "../support/fast-check.ts";
import {
  type Amounts,
  buyersAccounts,
  isShared,
  KINDS,
  type Kind,
  swapInstruction,
} from "../venues/jupiter-swaps.ts";

const AMOUNTS = { lamports: 1_000_000n, quoted: 500_000n, slippageBps: 100 };
/** The positions in the head, by kind, that may hold any account except ours. `HEAD` is the head's length. */
const FREE: Readonly<Record<Kind, readonly number[]>> = {
  route_v2: [],
  shared_accounts_route_v2: [0, 3, 4],
  route: [],
  shared_accounts_route: [1, 4, 5],
};
const HEAD: Readonly<Record<Kind, number>> = {
  route_v2: 10,
  shared_accounts_route_v2: 12,
  route: 9,
  shared_accounts_route: 13,
};

describe("a swap of Jupiter's", () => {
  let meant: MeantSwap;
  let stranger: Address;
  let ours: readonly Address[];

  beforeAll(async () => {
    const [buyer, funding, mint, other] = await Promise.all(
      Array.from({ length: 4 }, async () => (await generateKeyPairSigner()).address),
    );
    if (!buyer || !funding || !mint || !other) throw new Error("four addresses");
    stranger = (await generateKeyPairSigner()).address;
    const all = await oursAmong([buyer, funding], [mint, WRAPPED_SOL_MINT, other]);
    const own = await buyersAccounts({ buyer, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
    ours = [...all].filter((one) => one !== buyer && !Object.values(own).includes(one));
    meant = { buyer, mint, ...own, lamports: AMOUNTS.lamports, leastTokens: 495_000n, ours: all };
  });

  const make = async (kind: Kind, amounts: Partial<Amounts> = {}): Promise<SwapInstruction> => {
    const steps = [stranger, meant.buyer, meant.source, meant.destination].map((address) => ({
      address,
      role: AccountRole.WRITABLE,
    }));
    const { buyer, mint } = meant;
    const swap = { kind, buyer, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS, steps };
    const { programAddress, accounts, data } = await swapInstruction(swap, { ...AMOUNTS, ...amounts });
    return { program: programAddress, accounts: accounts.map(({ address }) => address), data };
  };
  const verdict = async (kind: Kind, amounts: Partial<Amounts>) =>
    checkJupiterSwap(await make(kind, amounts), meant);

  it.each(KINDS)("as %s asks for exactly what was meant", async (kind) => {
    expect(await verdict(kind, {})).toBeNull();
    expect(await verdict(kind, { lamports: 1_000_001n })).toContain("1000001 lamports");
    expect(await verdict(kind, { lamports: 999_999n })).toContain("999999 lamports");
    expect(await verdict(kind, { slippageBps: 101 })).toContain("accepts 494950");
    expect(await verdict(kind, { quoted: 499_000n })).toContain("accepts 494010");
    expect(await verdict(kind, { slippageBps: 10_001 })).toContain("decoded");
    expect(await verdict(kind, { feeBps: 1 })).toContain("fee");
    if (kind.endsWith("v2")) expect(await verdict(kind, { surplusBps: 1 })).toContain("fee");
  });

  it.each(KINDS)(
    "as %s names each account where it belongs, and none of ours beside the buyer's two",
    async (kind) => {
      const honest = await make(kind);
      const at = fc.nat(honest.accounts.length - 1);
      await fc.assert(
        fc.property(at, fc.constantFrom(...ours, stranger), (index, instead) => {
          if (instead === honest.accounts[index]) return;
          const accounts = honest.accounts.with(index, instead);
          const isFree = FREE[kind].includes(index) || index >= HEAD[kind];
          const paysNobody = !isShared(kind) && !accounts.slice(HEAD[kind]).includes(meant.destination);
          const expected = instead === stranger && isFree && !paysNobody;
          expect(checkJupiterSwap({ ...honest, accounts }, meant) === null).toBe(expected);
        }),
        { numRuns: 300 },
      );
      for (const one of ours)
        expect(checkJupiterSwap({ ...honest, accounts: [...honest.accounts, one] }, meant)).toContain(
          "is ours",
        );
      const opened = new Set([ours.at(-1) as Address]);
      const naming = { ...honest, accounts: [...honest.accounts, ours.at(-1) as Address] };
      expect(checkJupiterSwap(naming, { ...meant, opened })).toBeNull();
    },
  );

  it.each(KINDS)(
    "as %s names no program under which a wallet holds anything but lamports and tokens",
    async (kind) => {
      const honest = await make(kind);
      for (const program of [
        "Stake11111111111111111111111111111111111111",
        "Vote111111111111111111111111111111111111111",
        // To advance a nonce, and to withdraw from its account.
        "SysvarRecentB1ockHashes11111111111111111111",
        "NativeLoader1111111111111111111111111111111",
        "BPFLoader1111111111111111111111111111111111",
        "BPFLoader2111111111111111111111111111111111",
        "BPFLoaderUpgradeab1e11111111111111111111111",
        "LoaderV411111111111111111111111111111111111",
        "AddressLookupTab1e1111111111111111111111111",
        "Config1111111111111111111111111111111111111",
        "metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s",
        "CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d",
        "BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY",
        "cmtDvXumGCrqC1Age74AVPhSRVXJMd8PJS91L8KbNCK",
        "SMPLecH534NA9acpos4G6x7uf3LWbCAwZQE9e8ZekMu",
        "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf",
        "GovER5Lthms3bLBqWub97yVrMmEogzX7xNjdXpPPCVZw",
        "namesLPneVptA9Z5rqUDD9tMTWEJwofgaYwp8cawRkX",
        "strmRqUCoQUgGUan5YhzUZa6KqdzwX5L6FpUxfmKg5m",
        "LocpQgucEQHbqNABEYvBvwoxCPsSbG91A1QaQhQQqjn",
      ]) {
        const accounts = [...honest.accounts, program as Address];
        expect(checkJupiterSwap({ ...honest, accounts }, meant), program).toContain(`it names ${program}`);
      }
    },
  );

  it.each(KINDS)("as %s is decoded whole, or refused", async (kind) => {
    const honest = await make(kind);
    for (let length = 0; length < honest.data.length; length += 1) {
      const data = honest.data.subarray(0, length);
      const read = checkJupiterSwap({ ...honest, data }, meant);
      // In version 2, the amounts come first. An unreadable end only makes the program fail.
      if (!kind.endsWith("v2") || length < 34) expect(read, `${length} bytes`).not.toBeNull();
    }
    expect(checkJupiterSwap({ ...honest, accounts: honest.accounts.slice(0, HEAD[kind]) }, meant)).toContain(
      "no market",
    );
    expect(checkJupiterSwap({ ...honest, program: stranger }, meant)).toContain("decoded");
    const other = Uint8Array.from(honest.data);
    other[0] = (other[0] ?? 0) ^ 1;
    expect(checkJupiterSwap({ ...honest, data: other }, meant)).toContain("decoded");
  });

  it.each(["route", "shared_accounts_route"] as const)(
    "as %s has only steps that are known",
    async (kind) => {
      expect(await verdict(kind, { step: [17, 1] })).toBeNull(); // Whirlpool, one flag
      expect(await verdict(kind, { step: [47, 1, 1, 1, 0, 0, 0, 6, 3] })).toBeNull(); // WhirlpoolSwapV2, one slice
      expect(await verdict(kind, { step: [46, 0] })).toContain("decoded");
      expect(await verdict(kind, { step: [189] })).toContain("decoded");
      expect(await verdict(kind, { step: [255] })).toContain("decoded");
      for (const unread of [111, 120, 146, 183])
        expect(await verdict(kind, { step: [unread, 0, 0, 0, 0, 0] })).toContain("decoded");
      const trailing = await make(kind);
      expect(
        checkJupiterSwap({ ...trailing, data: Uint8Array.from([...trailing.data, 0]) }, meant),
      ).toContain("decoded");
    },
  );
});
