/**
 * Searches the chain once for a step of a restored journal. A person who decides the step must see what the journal
 * does not have: a transaction that was signed after the backup.
 */
import { isUnknown } from "../../errors/index.ts";
import type { Address, Chain, Directory, Journal, Operation, Step } from "../ports.ts";
import { legOf } from "../step/of-leg.ts";
import type { MemoText } from "../transaction/memo-text.ts";
import { type MemoVerdict, searchMemo } from "./memo-history.ts";

export type StepHistoryPorts = {
  readonly chain: Pick<Chain, "readHistory" | "readFinal">;
  readonly journal: Pick<Journal, "readRestore" | "readLegs"> & Pick<Directory, "listWallets">;
};

/**
 * Returns the filter for a step's memos. For a `buy` or a `recover` step we ignore the leg, because the lost plan may
 * have given the wallet another leg number. A funding wallet has one memo per batch.
 */
export const isOf =
  ({ operationId, kind, number }: Pick<Step, "operationId" | "kind" | "number">) =>
  (memo: MemoText): boolean =>
    memo.operationId === operationId && memo.kind === kind && (kind !== "fund" || memo.leg === number);

/** Returns the wallet that signs the step's memo. */
async function walletOf(
  { journal }: StepHistoryPorts,
  { id, request }: Operation,
  step: Step,
): Promise<Address | undefined> {
  if (step.kind !== "fund") return legOf(await journal.readLegs(id), step)?.address;
  return (await journal.listWallets(request.userId)).find(({ role }) => role === "funding")?.address;
}

/** Returns null if there is nothing to search for, because the operation is younger than the restore. */
export async function readStepHistory(
  ports: StepHistoryPorts,
  operation: Operation,
  step: Step,
): Promise<MemoVerdict | null> {
  if (!operation.restored) return null;
  const restore = await ports.journal.readRestore();
  if (restore === null) return { verdict: "unprovable", why: "the restore is not declared (`cto restore`)" };
  const wallet = await walletOf(ports, operation, step);
  if (wallet === undefined) return { verdict: "unprovable", why: "the journal does not have its wallet" };
  const { since, lastValidBlockHeight } = restore;
  try {
    return await searchMemo(ports.chain, { wallet, isWanted: isOf(step), since, lastValidBlockHeight });
  } catch (error) {
    // R4: a failed read proves nothing.
    if (!isUnknown(error)) throw error;
    return { verdict: "unprovable", why: error.message };
  }
}

/** Says what the wallet's history proves about the step. */
export function sayHistory(history: MemoVerdict): string {
  if (history.verdict === "found" || history.verdict === "only its memo") {
    const { signature, slot } = history.transaction;
    return `its wallet's history has ${signature} in slot ${slot}, with this step's memo: it landed`;
  }
  if (history.verdict === "absent") return "its wallet's history has no transaction with this step's memo";
  if (history.verdict === "too early")
    return "what was signed before the restore may still land, so its wallet's history proves nothing yet";
  return `its wallet's history proves nothing: ${history.why}`;
}
