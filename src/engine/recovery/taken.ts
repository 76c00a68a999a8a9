/** Finds what the user's other operations have rightfully taken out of a wallet since it was funded. */
import type { Run } from "../operation/journaling.ts";

/** The most operations that we read: more than can have shared a wallet before anybody requested a recovery. */
const OTHERS = 1_000;

export type Taken = {
  /**
   * Taken by recoveries of other operations, lamports. It was a part of the wallet's balance at the funding, and was
   * returned rightfully.
   */
  readonly recovered: bigint;
  /** A sweep has returned all of the wallet's SOL to the funding wallet, so nothing is owed any more. */
  readonly swept: boolean;
};

/** @returns a function that gives what was taken from a wallet after a slot */
export async function takenByOthers({
  ports: { journal },
  operation,
}: {
  readonly ports: Pick<Run["ports"], "journal">;
  readonly operation: Run["operation"];
}): Promise<(walletId: string, since: bigint) => Taken> {
  const { userId } = operation.request;
  const all = await journal.listOperations({ userId, limit: OTHERS });
  const taken: { walletId: string; slot: bigint; lamports: bigint; swept: boolean }[] = [];
  for (const { id, recovery, request } of all) {
    const swept = request.purpose === "sweep";
    if (id === operation.id || (recovery === undefined && !swept)) continue;
    const [legs, steps] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
    for (const { kind, leg: index, attempts } of steps) {
      const landed = attempts.find(({ status }) => status === "landed");
      const walletId = legs.find((leg) => leg.index === index)?.walletId;
      if (kind !== "recover" || landed === undefined || walletId === undefined) continue;
      taken.push({ walletId, slot: landed.slot ?? 0n, lamports: landed.returned ?? 0n, swept });
    }
  }
  return (walletId, since) => {
    const later = taken.filter((one) => one.walletId === walletId && one.slot > since);
    return {
      recovered: later.reduce((sum, { lamports }) => sum + lamports, 0n),
      swept: later.some(({ swept }) => swept),
    };
  };
}
