/** What the chain alone says of an operation: the ledger that grades a test. */
import {
  type Address,
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  type Signature,
} from "@solana/kit";
import { parseMemo } from "../../src/engine/memo-text.ts";
import type { StepKind } from "../../src/engine/ports.ts";
import type { Cluster } from "../../src/localnet/index.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";

export type LedgerEntry = {
  readonly signature: Signature;
  /** Lamports. */
  readonly fee: bigint;
  readonly signers: readonly Address[];
  readonly failed: boolean;
  /** The CTO memos of the transaction, with who signed them. */
  readonly memos: readonly {
    readonly operationId: string;
    readonly kind: StepKind;
    readonly leg: number;
    readonly signer: Address | undefined;
  }[];
};

/** Every transaction that the cluster has executed, landed or failed; the first `after` of them are left out. */
export function readLedger(cluster: Pick<Cluster, "history">, after = 0): LedgerEntry[] {
  return cluster
    .history()
    .slice(after)
    .map(({ wire, err, signature, fee }) => {
      const { messageBytes } = getTransactionDecoder().decode(wire);
      const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
      const accounts = message.staticAccounts;
      if (!("instructions" in message))
        throw new Error("a transaction version that the localnet does not know");
      const memos = message.instructions.flatMap(({ programAddressIndex, data, accountIndices }) => {
        if (accounts[programAddressIndex] !== MEMO_PROGRAM || data === undefined) return [];
        const memo = parseMemo(new TextDecoder().decode(Uint8Array.from(data)));
        return memo
          ? [
              {
                operationId: memo.operationId,
                kind: memo.kind,
                leg: memo.leg,
                signer: accounts[accountIndices?.[0] ?? -1],
              },
            ]
          : [];
      });
      return {
        signature,
        fee,
        signers: accounts.slice(0, message.header.numSignerAccounts),
        failed: err !== null,
        memos,
      };
    });
}

/** How often each leg's buy has landed. */
export function landings(cluster: Cluster, operationId: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { failed, memos } of readLedger(cluster)) {
    for (const memo of failed ? [] : memos) {
      if (memo.operationId === operationId && memo.kind === "buy")
        counts.set(memo.leg, (counts.get(memo.leg) ?? 0) + 1);
    }
  }
  return counts;
}
