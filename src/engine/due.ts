/**
 * Finds what is due: a user's next operation, users whose wake-up was lost, and landed steps that are not final yet.
 * The journal is the only source. The queue's worker and the simulator's worker both use it.
 */
import { REVIEW_AGAIN_MS } from "./beats.ts";
import { settleOperation } from "./operation/settle.ts";
import { type Journal, type Operation, type Ports, settleWatchMs, type Times, timesOf } from "./ports.ts";

/** How many users `requeueDue` reads with one query. */
const USERS_PER_PAGE = 500;

/** The most operations of one settling round. The next round takes the rest, oldest first. */
const OPERATIONS_PER_ROUND = 50;

type TimedJournal = {
  readonly journal: Pick<Journal, "listNext" | "listDueUsers">;
  readonly clock: Ports["clock"];
};

export type NextOptions = {
  /** The pause before an operation in `needs_review` is examined again, ms. Default 600,000. */
  readonly reviewAgainMs?: number;
};

/** The part of the queue that this file needs. */
export type WakeUpQueue = {
  /**
   * Adds a wake-up for the user, unless an earlier wake-up is still pending or running. Returns true if there was
   * none.
   */
  wakeUser(userId: string): Promise<boolean>;
};

/** An operation, and the time until it is due, ms; 0 means now. */
export type Next = { readonly operation: Operation; readonly inMs: number };

/**
 * Chooses the user's next operation.
 *
 * An operation that is due comes before one that rests after an outage, so a resting operation delays no other. Then
 * begun operations come before waiting ones. Then the priority decides (0 before 1, 1 before 2), then the order of
 * acceptance.
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

/** Returns null if nothing is left to do for this user. */
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
 * Called after a wake-up has been released. An operation that was accepted while the wake-up was running could not
 * create a new one, and the turn that ended may not have read it. So we read once more, and wake the user if
 * something is due now.
 */
export async function wakeIfDue(
  ports: TimedJournal,
  queue: WakeUpQueue,
  userId: string,
  options: NextOptions,
): Promise<void> {
  if ((await readNext(ports, userId, options))?.inMs === 0) await queue.wakeUser(userId);
}

/**
 * Requeues every user who has something to do and no wake-up. Operations in `needs_review` are included at their
 * slower interval.
 *
 * @returns the number of users
 */
export async function requeueDue(
  { journal, clock }: TimedJournal,
  queue: WakeUpQueue,
  { reviewAgainMs = REVIEW_AGAIN_MS }: NextOptions = {},
): Promise<number> {
  const now = clock.now();
  // A run that finds no proof writes `finishedAt` and the recovery's `at` again, so this interval needs no record of
  // its own.
  const due = { now, reviewedBefore: new Date(now.getTime() - reviewAgainMs) };
  let woken = 0;
  let page: readonly string[] = [];
  do {
    page = await journal.listDueUsers(due, page.at(-1) ?? "", USERS_PER_PAGE);
    for (const userId of page) if (await queue.wakeUser(userId)) woken += 1;
  } while (page.length === USERS_PER_PAGE);
  return woken;
}

/**
 * Checks once the landed steps that are not final yet, of at most 50 operations that have ended. It reads them from
 * the journal, so it survives restarts.
 */
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
      settleOperation(ports, operation, { owner, timeoutMs: settleWatchMs(lifeMs), reviewAfterMs }),
    ),
  );
}
