/** Finds what the user's other operations have rightfully taken out of a wallet since it was funded. */
import type { Run } from "../operation/journaling.ts";
import type { Journal, Operation } from "../ports.ts";
import { legOf } from "../step/of-leg.ts";
import { rentsOf } from "./closable-now.ts";
import { fundingOf, type Landing, landedOf, landingOf } from "./landing.ts";

/** Why a leg owes nothing any more. */
export const ALL_SWEPT = "all of the wallet's SOL has been returned since";

/** The operations that one read of the journal returns. */
const PAGE = 1_000;

export type Taken = {
  /**
   * Taken since the funding by recoveries of operations that had funded the wallet before, lamports. So it was a part of
   * the wallet's balance at the funding, and was returned rightfully. What was funded later was no part of it. Nor were
   * the rents of accounts that were closed since: in doubt we count less, because the wallet's own money must stay.
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

type Return = {
  readonly walletId: string;
  /** What has left the wallet's balance, lamports. */
  readonly lamports: bigint;
  /** When its own operation funded the wallet; null if it did not, or in one transaction with the buy. */
  readonly funding: Landing | null;
  readonly landing: Landing;
  readonly swept: boolean;
};

const returnsOf = async (
  journal: Pick<Journal, "readLegs" | "readSteps">,
  { id, recovery, request }: Operation,
): Promise<Return[]> => {
  const [legs, steps] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
  return steps.flatMap((step) => {
    const landed = landedOf(step);
    const leg = legOf(legs, step);
    if (step.kind !== "recover" || landed === undefined || leg === undefined) return [];
    const rents = rentsOf(recovery?.legs.find((plan) => plan.leg === leg.index)?.accounts ?? []);
    const returned = landed.returned ?? 0n;
    return {
      walletId: leg.walletId,
      lamports: returned > rents ? returned - rents : 0n,
      funding: fundingOf(steps, legs, leg),
      landing: landingOf(landed),
      swept: request.purpose === "sweep",
    };
  });
};

/** @returns a function that gives what was taken from a wallet that was funded in a slot */
export async function takenByOthers({
  ports: { journal },
  operation,
}: {
  readonly ports: Pick<Run["ports"], "journal">;
  readonly operation: Run["operation"];
}): Promise<(walletId: string, since: bigint) => Taken> {
  const taken: Return[] = [];
  for await (const other of operationsOf(journal, operation.request.userId)) {
    const mayReturn = other.recovery !== undefined || other.request.purpose === "sweep";
    if (other.id !== operation.id && mayReturn) taken.push(...(await returnsOf(journal, other)));
  }
  return (walletId, since) => {
    const own = taken.filter((one) => one.walletId === walletId);
    // Two fundings in one slot have no known order, so the return of neither counts against the other.
    const recovered = own.filter(
      ({ funding, landing, swept }) =>
        !swept && landing.earliest > since && funding !== null && funding.latest < since,
    );
    return {
      recovered: recovered.reduce((sum, { lamports }) => sum + lamports, 0n),
      swept: own.some(({ swept, landing }) => swept && landing.latest > since),
    };
  };
}
