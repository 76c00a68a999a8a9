/** Reads an operation's transactions from the chain alone. Tests check their results with it. */
import { type Address, getTransactionDecoder, type Signature } from "@solana/kit";
import { decodeMessage } from "../../src/base/message.ts";
import type { StepKind } from "../../src/engine/ports.ts";
import { parseMemo } from "../../src/engine/transaction/memo-text.ts";
import type { Cluster } from "../../src/localnet/index.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";

export type LedgerEntry = {
  readonly signature: Signature;
  /** Lamports. */
  readonly fee: bigint;
  readonly signers: readonly Address[];
  readonly failed: boolean;
  /** The CTO memos of the transaction, with their signers. */
  readonly memos: readonly {
    readonly operationId: string;
    readonly kind: StepKind;
    readonly leg: number;
    readonly signer: Address | undefined;
  }[];
};

/** Returns all transactions that the cluster executed, including failed ones, without the first `after`. */
export function readLedger(cluster: Pick<Cluster, "history">, after = 0): LedgerEntry[] {
  return cluster
    .history()
    .slice(after)
    .map(({ wire, err, signature, fee }) => {
      const message = decodeMessage(getTransactionDecoder().decode(wire).messageBytes);
      const memos = message.instructions.flatMap(({ program, data, accounts }) => {
        if (program !== MEMO_PROGRAM) return [];
        const memo = parseMemo(new TextDecoder().decode(Uint8Array.from(data)));
        const signer = accounts[0]?.address ?? undefined;
        return memo ? [{ operationId: memo.operationId, kind: memo.kind, leg: memo.leg, signer }] : [];
      });
      return { signature, fee, signers: message.signers, failed: err !== null, memos };
    });
}

/** Counts how often each leg's buy has landed. */
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
