/**
 * Offers what people look at besides operations and wallets: an operation's story, tokens, the last day, the queue, the
 * system's health, and the audit log. The services are those of HTTP and the command line.
 */
import { parseSol } from "../contract/amount.ts";
import { pageLimit } from "../contract/page-limit.ts";
import { parseToken } from "../contract/parse.ts";
import type { AuditRecord, Lamports, Step, StoredEvent } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { type AuditVerdict, verifyAudit } from "../services/audit.ts";
import { type BoughtToken, listBoughtTokens } from "../services/bought-tokens.ts";
import { defaultChainPorts } from "../services/default-tokens.ts";
import { explainOperation, type StoryLine } from "../services/explain.ts";
import { checkDependencies, type Dependencies } from "../services/health.ts";
import { readMarket, type TokenMarket } from "../services/market.ts";
import { type Overview, readOverview } from "../services/overview.ts";
import { decimalsOf } from "../services/token-decimals.ts";

async function requireOperation(jobId: string) {
  const context = await defaultContext();
  if ((await context.journal.readOperation(jobId)) === null) {
    throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  }
  return context;
}

/**
 * Returns the story of an operation in plain sentences: why it waited, which venues it passed over, what it signed again.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function explainCTOOperation(jobId: string): Promise<StoryLine[]> {
  return explainOperation(await defaultContext(), jobId);
}

/** A step: every transaction that was signed for it, and what became of it. The signed bytes are omitted. */
export type CTOStep = Omit<Step, "attempts"> & {
  readonly attempts: readonly Omit<Step["attempts"][number], "wire">[];
};

/**
 * Returns the steps of an operation, with every attempt.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function listCTOSteps(jobId: string): Promise<CTOStep[]> {
  const { journal } = await requireOperation(jobId);
  const steps = await journal.readSteps(jobId);
  return steps.map((step) => ({
    ...step,
    attempts: step.attempts.map(({ wire: _, ...attempt }) => attempt),
  }));
}

/**
 * Returns an operation's numbered events. `subscribeToProgress` also reports those that are still to come.
 *
 * @param options.after only events with a greater number. Default: 0, from the first one on
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_USAGE`
 */
export async function listCTOEvents(
  jobId: string,
  { after = 0, limit = 1_000 }: { after?: number; limit?: number } = {},
): Promise<StoredEvent[]> {
  if (!Number.isInteger(after) || after < 0) {
    throw new CTOError("CTO_E_USAGE", { problem: `after is the number of an event, not ${String(after)}` });
  }
  const { journal } = await requireOperation(jobId);
  return journal.readEvents(jobId, after, pageLimit(limit));
}

/**
 * Returns a token's decimals, also if it trades nowhere. Null if neither the journal nor a cluster knows them.
 *
 * @throws `CTO_E_TOKEN_ADDRESS_INVALID`
 */
export async function getCTOTokenDecimals(tokenAddress: string): Promise<number | null> {
  return (await decimalsOf(await defaultContext(), parseToken(tokenAddress))) ?? null;
}

/**
 * Returns where a token trades, what it calls itself, and what an amount of SOL would buy now.
 *
 * @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_AMOUNT_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_NO_ROUTE`
 * @example
 * const { venue, quote } = await getCTOMarket(tokenAddress, "0.5");
 */
export async function getCTOMarket(tokenAddress: string, sol: number | string = 1): Promise<TokenMarket> {
  return readMarket(await defaultChainPorts(), {
    token: tokenAddress,
    lamports: parseSol(sol) as Lamports,
    tenant: "library",
  });
}

/**
 * Returns the tokens of a user's operations, the newest first.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function listCTOTokens(userId: string): Promise<BoughtToken[]> {
  return listBoughtTokens(await defaultContext(), userId);
}

/** Returns the last day: what landed and how fast, spending against limits, what needs a person. */
export async function getCTOOverview(userId?: string): Promise<Overview> {
  return readOverview(await defaultContext(), new Date(), userId);
}

export type CTOQueueState = {
  readonly backend: "redis" | "postgres";
  /** The users' wake-ups by BullMQ's states. A user has one, however many operations wait. */
  readonly counts: Readonly<Record<string, number>>;
  /** Null if the server does not report it. */
  readonly workers: number | null;
};

export async function getCTOQueue(): Promise<CTOQueueState> {
  const { queue, backend } = await defaultContext();
  const [counts, workers] = await Promise.all([queue.counts(), queue.workers()]);
  return { backend: backend.kind, counts, workers };
}

/** Returns whether the journal and the queue accept writes, and whether the cluster answers. */
export async function getCTOHealth(): Promise<Dependencies> {
  return checkDependencies(await defaultContext());
}

/**
 * Returns records of the audit log, newest first.
 *
 * @param options.before only records with a smaller number
 * @throws `CTO_E_USAGE`
 */
export async function listCTOAudit({
  before,
  limit = 100,
}: {
  before?: number;
  limit?: number;
} = {}): Promise<AuditRecord[]> {
  if (before !== undefined && !Number.isInteger(before)) {
    throw new CTOError("CTO_E_USAGE", { problem: `before is the number of a record, not ${String(before)}` });
  }
  return (await defaultContext()).journal.readAuditBack(before ?? null, pageLimit(limit));
}

/**
 * Recomputes every hash of the audit log.
 *
 * @param options.head a hash that was noted earlier, which must still be in the log
 * @example
 * const { broken, hasHead } = await verifyCTOAudit({ head });
 */
export async function verifyCTOAudit(options: { head?: string } = {}): Promise<AuditVerdict> {
  return verifyAudit(await defaultContext(), options);
}
