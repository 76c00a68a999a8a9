/** A message that is longer than our buffer is too large, as any other that does not fit. An unknown error counts as an outage. */
import { expect, it } from "vitest";
import { compose } from "../../src/chain/transaction.ts";
import type { TransactionDraft } from "../../src/engine/ports.ts";
import { isOversize } from "../../src/errors/index.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";

it.each([{ version: 0 } as const, { version: 1, loadedAccountsDataLimit: 1_000_000 } as const])(
  "five thousand bytes of instruction data are oversize: %o",
  (format) => {
    const draft = {
      feePayer: addressOf("payer"),
      transfers: [],
      setup: [],
      swap: [{ programAddress: addressOf("program"), accounts: [], data: new Uint8Array(5_000) }],
      memo: { text: "cto:1:x:buy:1/1", signer: addressOf("payer") },
      cleanup: [],
      computeUnitLimit: 1_000,
      computeUnitPrice: 0n,
      format,
      lookupTables: {},
      lifetime: { blockhash: attemptOf(1).blockhash, lastValidBlockHeight: 1n },
    } as unknown as TransactionDraft;
    let error: unknown;
    try {
      compose(draft);
    } catch (thrown) {
      error = thrown;
    }
    expect(isOversize(error), String(error)).toBe(true);
  },
);
