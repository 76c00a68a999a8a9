/** Tests that a message beyond all limits is refused as too large, whatever it exceeds: an unknown error counts as an outage. */
import { AccountRole } from "@solana/kit";
import { expect, it } from "vitest";
import { compose } from "../../src/chain/transaction.ts";
import type { TransactionDraft } from "../../src/engine/ports.ts";
import { type CTOError, isOversize } from "../../src/errors/index.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";

const VERSION_ONE = { version: 1, loadedAccountsDataLimit: 1_000_000 } as const;

/** Composes one instruction of this many accounts, all the same, and bytes of data. Returns the error. */
function refusalOf(format: TransactionDraft["format"], { accounts = 0, bytes = 0 }): unknown {
  const account = { address: addressOf("account"), role: AccountRole.READONLY };
  const swap = {
    programAddress: addressOf("program"),
    accounts: Array.from({ length: accounts }, () => account),
    data: new Uint8Array(bytes),
  };
  const draft = {
    feePayer: addressOf("payer"),
    transfers: [],
    setup: [],
    swap: [swap],
    memo: { text: "cto:1:x:buy:1/1", signer: addressOf("payer") },
    cleanup: [],
    computeUnitLimit: 1_000,
    computeUnitPrice: 0n,
    format,
    lookupTables: {},
    lifetime: { blockhash: attemptOf(1).blockhash, lastValidBlockHeight: 1n },
  } as unknown as TransactionDraft;
  try {
    compose(draft);
    return null;
  } catch (error) {
    return error;
  }
}

it.each([
  [0, 5_000],
  [1, 5_000],
  [0, 70_000],
  [1, 70_000],
])("refuses as too large in version %i what has an instruction with %i bytes", (version, bytes) => {
  const error = refusalOf(version === 0 ? { version: 0 } : VERSION_ONE, { bytes });
  expect(error).toMatchObject({ code: "CTO_E_TRANSACTION_TOO_LARGE" });
  expect(Number((error as CTOError<"CTO_E_TRANSACTION_TOO_LARGE">).context.size)).toBeGreaterThan(bytes);
});

it("refuses as oversize an instruction with more accounts than version 1 can count", () => {
  expect(refusalOf(VERSION_ONE, { accounts: 255 })).toBeNull();
  const error = refusalOf(VERSION_ONE, { accounts: 256 });
  expect(isOversize(error), String(error)).toBe(true);
});
