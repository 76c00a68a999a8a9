/** Tests who counts as the funder of a wallet: the payer of its first incoming transaction, or nobody. */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { ChainTransaction } from "../../src/receipts/chain-reader.ts";
import { findFunder } from "../../src/receipts/funder.ts";

const WALLET = "Wallet" as Address;
type Entry = {
  readonly payer: string;
  readonly before: bigint;
  readonly after: bigint;
  readonly failed?: true;
};

const transactionOf = ({ payer, before, after }: Entry): ChainTransaction => ({
  slot: 1n,
  meta: { err: null, fee: 5_000n, preBalances: [100n, before], postBalances: [50n, after] },
  transaction: {
    signatures: ["s"],
    message: { accountKeys: [payer, WALLET], header: { numRequiredSignatures: 1 }, instructions: [] },
  },
});

/** @param entries oldest first; each page has `size` of them */
function readerOf(entries: readonly (Entry | null)[], size = 1_000) {
  const newest = entries
    .map((entry, at) => ({
      signature: String(at),
      slot: BigInt(at),
      err: entry?.failed === true ? {} : null,
      memo: null,
    }))
    .toReversed();
  return {
    async history(_: Address, before?: string) {
      const from = before === undefined ? 0 : newest.findIndex(({ signature }) => signature === before) + 1;
      return newest.slice(from, from + size);
    },
    async transaction(signature: string) {
      const entry = entries[Number(signature)] ?? null;
      return entry === null ? null : transactionOf(entry);
    },
  };
}

const mention = { payer: "stranger", before: 0n, after: 0n } as const;
const funding = { payer: "funder", before: 0n, after: 9n } as const;
const later = { payer: "other", before: 9n, after: 20n } as const;

describe("the funder of a wallet", () => {
  it.each([
    ["pays for its first incoming transaction", [funding, later], "funder"],
    [
      "is behind what only mentions the wallet, and what failed",
      [mention, { ...later, failed: true as const }, funding],
      "funder",
    ],
    ["is unknown if the wallet had lamports before its first known transaction", [later], null],
    ["is unknown if the endpoint lacks the transaction", [null, later], null],
    ["is unknown if nothing came in", [mention], null],
  ])("%s", async (_, entries, funder) => {
    expect(await findFunder(readerOf(entries), WALLET)).toBe(funder);
  });

  it("is unknown beyond three pages of history", async () => {
    const filled = Array.from({ length: 2_999 }, () => later);
    expect(await findFunder(readerOf([funding, ...filled.slice(1)]), WALLET)).toBe("funder");
    expect(await findFunder(readerOf([funding, ...filled]), WALLET)).toBeNull();
  });
});
