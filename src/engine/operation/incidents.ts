/**
 * Checks P1 after the fact: whether each landed leg received what it was signed for.
 *
 * The wallets' balances only give a hint, because an owner may move tokens. The final transaction is the proof. The
 * step stays landed in every case.
 */
import { CTOError, isUnknown, toFailure } from "../../errors/index.ts";
import type { Attempt, Incident, Leg, Operation, Ports, Step, StoredEvent } from "../ports.ts";
import { legOf } from "../step/of-leg.ts";
import { readEffect } from "../transaction/read-effect.ts";
import { emit } from "./journaling.ts";

type IncidentPorts = Pick<Ports, "journal" | "chain" | "events" | "clock">;

type Checked = Pick<Operation, "id" | "request" | "progress">;

type LandedLeg = { readonly leg: Leg; readonly attempt: Attempt; readonly least: bigint };
type Landing = Pick<LandedLeg, "leg" | "attempt">;

const EVENTS_PER_PAGE = 500;

/**
 * The version of a step that was created, signed, landed and became final; each of these writes adds one. A higher
 * version means that the step was reopened or signed again.
 */
const UNDISTURBED_VERSION = 4;

const ALL_BPS = 10_000n;

/**
 * Returns the most that a leg's balance may have grown without a doubt: as far above the quote as the slippage allows
 * below it. Anyone may send the token to a buyer's wallet during the operation, and the balances then grow by more.
 */
function mostOf(least: bigint, slippageBps: number): bigint {
  const kept = ALL_BPS - BigInt(slippageBps);
  if (kept <= 0n) return least;
  const quoted = (least * ALL_BPS + kept - 1n) / kept;
  return 2n * quoted - least;
}

/**
 * Returns the legs to check: those that hold less than they were signed for, or far more, whose balance may include
 * something else, or whose balance is unknown.
 */
function doubtful({ request }: Checked, legs: readonly Leg[], steps: readonly Step[]): LandedLeg[] {
  return steps.flatMap((step) => {
    const { kind, status, attempts, version } = step;
    const leg = legOf(legs, step);
    const attempt = attempts.find((one) => one.status === "landed");
    if (kind !== "buy" || status !== "finalized" || !leg || !attempt) return [];
    const received = leg.tokensReceived;
    const least = attempt.minTokensOut;
    // After a restore, the transaction was found on chain. What it was signed for is lost, but not the leg's anchor.
    if (least === undefined)
      return received === undefined ? [{ leg, attempt, least: leg.leastTokens ?? 0n }] : [];
    const isFine =
      version <= UNDISTURBED_VERSION &&
      received !== undefined &&
      received >= least &&
      received <= mostOf(least, request.slippageBps);
    return isFine ? [] : [{ leg, attempt, least }];
  });
}

/**
 * Returns the tokens that the leg's transaction brought its wallet; null if no endpoint that answers has the
 * transaction, or they show different effects.
 */
async function receivedBy(
  { chain }: Pick<Ports, "chain">,
  { request }: Checked,
  { leg, attempt }: Landing,
): Promise<bigint | null> {
  try {
    const transaction = await readEffect(chain, attempt.signature);
    if (transaction === null || transaction.failed) return null;
    return transaction.tokens
      .filter(({ owner, mint }) => owner === leg.address && mint === request.tokenAddress)
      .reduce((sum, { before, after }) => sum + after - before, 0n);
  } catch (error) {
    // R4: a failed read proves nothing.
    if (isUnknown(error)) return null;
    throw error;
  }
}

/**
 * Reads the tokens of a buy again after a fork has moved its transaction to another slot, where the price may differ.
 *
 * @returns false if no endpoint that answers has the transaction
 */
export async function rereadTokens(
  ports: IncidentPorts,
  operation: Checked,
  buy: Step,
  attempt: Attempt,
): Promise<boolean> {
  const leg = legOf(await ports.journal.readLegs(operation.id), buy);
  if (leg === undefined) return true;
  const tokens = await receivedBy(ports, operation, { leg, attempt });
  if (tokens === null) return false;
  await ports.journal.writeTokensReceived(operation.id, [{ leg: leg.index, tokens }]);
  return true;
}

/** Converts an incident to a failure of the error registry. */
export const incidentFailure = ({ leg, received, least, signature }: Incident) =>
  toFailure(new CTOError("CTO_E_DELIVERY_SHORT", { leg, received, least, signature }));

async function wasTold({ journal }: Pick<Ports, "journal">, id: string, leg: number): Promise<boolean> {
  let page: readonly StoredEvent[] = [];
  do {
    page = await journal.readEvents(id, page.at(-1)?.seq ?? 0, EVENTS_PER_PAGE);
    if (page.some((event) => event.type === "incident" && event.leg === leg)) return true;
  } while (page.length === EVENTS_PER_PAGE);
  return false;
}

/** State before events. If a process died between the two, we emit the missing event now. */
async function record(ports: IncidentPorts, { id, progress }: Checked, incident: Incident): Promise<void> {
  const isNew = await ports.journal.recordIncident(id, incident);
  if (!isNew && (await wasTold(ports, id, incident.leg))) return;
  await emit(ports, id, { type: "incident", ...incident, failure: incidentFailure(incident), progress });
}

/**
 * Checks what an operation's final buys delivered, and records those that delivered too little.
 *
 * @param giveUpAfterMs how long after signing we still request a transaction, ms: an endpoint may have pruned it
 * @returns false while some leg cannot be decided
 */
export async function checkDeliveries(
  ports: IncidentPorts,
  operation: Checked,
  steps: readonly Step[],
  giveUpAfterMs: number,
): Promise<boolean> {
  const { journal, clock } = ports;
  const inDoubt = doubtful(operation, await journal.readLegs(operation.id), steps);
  let isComplete = true;
  for (const one of inDoubt) {
    const { leg, attempt, least } = one;
    const received = await receivedBy(ports, operation, one);
    if (received === null) {
      isComplete &&= clock.now().getTime() - attempt.createdAt.getTime() > giveUpAfterMs;
      continue;
    }
    await journal.writeTokensReceived(operation.id, [{ leg: leg.index, tokens: received }]);
    if (received >= least) continue;
    const { signature, slot = 0n } = attempt;
    await record(ports, operation, {
      leg: leg.index,
      address: leg.address,
      signature,
      slot,
      received,
      least,
    });
  }
  return isComplete;
}
