/**
 * What is due: the next operation of a user, the users whom the queue has lost, and what has landed and is not final yet.
 * The journal alone knows; the queue's worker and the simulator's ask the same questions.
 */
import { REVIEW_AGAIN_MS } from "./beats.ts";
import { settleOperation } from "./operation/settle.ts";
import { type Journal, type Operation, type Ports, type Times, timesOf } from "./ports.ts";

/** How many users a sweep reads at once. */
const USERS_PER_PAGE = 500;

/** Bounds one round of settling; the next one takes the rest, oldest first. */
const OPERATIONS_PER_ROUND = 50;

type TimedJournal = {
  readonly journal: Pick<Journal, "listNext" | "listDueUsers">;
  readonly clock: Ports["clock"];
};

export type NextOptions = {
  /** How often an operation that needs a review is looked at again, in ms. Default 600,000. */
  readonly reviewAgainMs?: number;
};

/** The queue, as far as it is told of what is due. */
export type WakeUpQueue = {
  /** Wakes a worker for the user, unless something still comes of an earlier wake-up. True: there was none. */
  wakeUser(userId: string): Promise<boolean>;
};

/** An operation, and in how many ms it is due; 0 is now. */
export type Next = { readonly operation: Operation; readonly inMs: number };

/**
 * The user's next operation: what has begun goes on first, then comes what waits. Among equals the priority decides (0 before
 * 1, 1 before 2), then the order of acceptance. What rests after an outage keeps nobody waiting.
 *
 * @param candidates in the order of acceptance
 */
export function chooseNext(candidates: readonly Operation[], now: Date): Next | null {
  const inMs = ({ notBefore }: Operation): number => Math.max(0, (notBefore?.getTime() ?? 0) - now.getTime());
  const begun = ({ status }: Operation): number => (status === "waiting" ? 1 : 0);
  const [next] = [...candidates].sort(
    (a, b) => inMs(a) - inMs(b) || begun(a) - begun(b) || a.request.priority - b.request.priority,
  );
  return next === undefined ? null : { operation: next, inMs: inMs(next) };
}

/** Null when nothing of the user's is left to do. */
export async function readNext(
  { journal, clock }: TimedJournal,
  userId: string,
  { reviewAgainMs = REVIEW_AGAIN_MS }: NextOptions,
): Promise<Next | null> {
  const now = clock.now();
  const reviewedBefore = new Date(now.getTime() - reviewAgainMs);
  return chooseNext(await journal.listNext(userId, { now, reviewedBefore }), now);
}

/**
 * Called when a wake-up was let go of. What was accepted while it was under way could wake nobody, and is not yet known to the
 * turn that has ended: whoever lets go looks once more.
 */
export async function lookAgain(
  ports: TimedJournal,
  queue: WakeUpQueue,
  userId: string,
  options: NextOptions,
): Promise<void> {
  if ((await readNext(ports, userId, options))?.inMs === 0) await queue.wakeUser(userId);
}

/**
 * Wakes workers for users who have something to do and no wake-up; on a slow beat also for what needs a review.
 * @returns for how many users
 */
export async function sweepDue(
  { journal, clock }: TimedJournal,
  queue: WakeUpQueue,
  { reviewAgainMs = REVIEW_AGAIN_MS }: NextOptions = {},
): Promise<number> {
  const now = clock.now();
  // The run that finds no proof writes `finishedAt` and the recovery's `at` anew: the beat needs no record of its own.
  const due = { now, reviewedBefore: new Date(now.getTime() - reviewAgainMs) };
  let woken = 0;
  let page: readonly string[] = [];
  do {
    page = await journal.listDueUsers(due, page.at(-1) ?? "", USERS_PER_PAGE);
    for (const userId of page) if (await queue.wakeUser(userId)) woken += 1;
  } while (page.length === USERS_PER_PAGE);
  return woken;
}

/** Looks once at what has landed and is not final, after its operation has been answered. Survives restarts by the journal. */
export async function settleDue(
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  owner: string,
  times: Partial<Times> = {},
): Promise<void> {
  const lifeMs = ports.chain.blockhashLifeMs();
  const { reviewAfterMs } = { ...timesOf(lifeMs), ...times };
  const unsettled = await ports.journal.listUnsettled(OPERATIONS_PER_ROUND);
  await Promise.all(
    unsettled.map((operation) =>
      settleOperation(ports, operation, { owner, timeoutMs: lifeMs, reviewAfterMs }),
    ),
  );
}
