/** Finds what the user's other operations have rightfully taken out of a wallet since it was funded. */
import type { Run } from "../operation/journaling.ts";
import type { Journal, Operation } from "../ports.ts";
import { legOf } from "../step/of-leg.ts";

/** Why a leg owes nothing any more. */
export const ALL_SWEPT = "all of the wallet's SOL has been returned since";

/** The operations that one read of the journal returns. */
const PAGE = 1_000;

export type Taken = {
  /**
   * Taken by recoveries of other operations, lamports. It was a part of the wallet's balance at the funding, and was
   * returned rightfully.
   */
  readonly recovered: bigint;
  /** A sweep has returned all of the wallet's SOL to the funding wallet, so nothing is owed any more. */
  readonly swept: boolean;
};

/**
 * Returns all operations of the user. We read every page, because an old operation may have been recovered or swept
 * only recently. Without it, its money would be returned a second time.
 */
async function* operationsOf(
  journal: Pick<Journal, "listOperations">,
  userId: string,
): AsyncGenerator<Operation> {
  for (let before: string | undefined; ; ) {
    const page = await journal.listOperations({
      userId,
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    yield* page;
    if (page.length < PAGE) return;
    before = page.at(-1)?.id;
  }
}

/** @returns a function that gives what was taken from a wallet after a slot */
export async function takenByOthers({
  ports: { journal },
  operation,
}: {
  readonly ports: Pick<Run["ports"], "journal">;
  readonly operation: Run["operation"];
}): Promise<(walletId: string, since: bigint) => Taken> {
  const taken: { walletId: string; slot: bigint; lamports: bigint; swept: boolean }[] = [];
  for await (const { id, recovery, request } of operationsOf(journal, operation.request.userId)) {
    const swept = request.purpose === "sweep";
    if (id === operation.id || (recovery === undefined && !swept)) continue;
    const [legs, steps] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
    for (const step of steps) {
      const landed = step.attempts.find(({ status }) => status === "landed");
      const walletId = legOf(legs, step)?.walletId;
      if (step.kind !== "recover" || landed === undefined || walletId === undefined) continue;
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
