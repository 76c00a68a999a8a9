/**
 * Gathers the evidence on which an attempt may be declared dead (rule R3): the finalized block height first, and only
 * then the statuses of every attempt, with history, from the same endpoint, which must not be behind that height; and
 * where that endpoint's records begin. With a quorum, from several endpoints, each by itself.
 *
 * The other order loses money: an attempt could land between a status reading and a later height reading.
 */
import { setTimeout as sleepInReality } from "node:timers/promises";
import { z } from "zod";
import type { Evidence, Signature } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { u64 } from "./answers.ts";
import { type BatchSize, chunk } from "./batches.ts";
import type { Call, Rpc } from "./rpc.ts";
import { HISTORY_BATCH, readStatuses, type Status } from "./statuses.ts";

export type EvidenceOptions = {
  /** The pause before a lagging endpoint is asked again, ms. Default 400. */
  readonly lagPauseMs?: number;
  /** How many distinct endpoints must answer. Default 1. */
  readonly quorum?: number;
  /** Waits that long; the simulator brings a clock of its own. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Shared by all calls that gather evidence, so that an endpoint's limit is met once. */
  readonly size?: BatchSize;
};

const epochInfo = z.object({ absoluteSlot: u64, blockHeight: u64 });

/** How often an endpoint may answer from behind before the next one is asked. */
const LAG_ROUNDS = 3;

/**
 * One piece of evidence per endpoint that was asked and answered, as many as the quorum.
 * @throws `CTO_E_RPC_UNAVAILABLE`: too few answered, or too many of them lag
 */
export async function gatherEvidence(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  signatures: readonly Signature[],
  options: EvidenceOptions = {},
): Promise<readonly Evidence[]> {
  return await rpc.onDistinctEndpoints(options.quorum ?? 1, async (call, endpoint) => {
    // R3: height before status. One call gives the height and its slot, of one and the same bank.
    const { blockHeight, absoluteSlot } = await call({
      method: "getEpochInfo",
      params: [{ commitment: "finalized" }],
      schema: epochInfo,
      urgent: true,
    });
    // A node that lags may be past the finalized slot and still on a fork that does not have its block: it must be as new as
    // the tip that made the height final.
    const tip = await call({
      method: "getEpochInfo",
      params: [{ commitment: "processed" }],
      schema: epochInfo,
      urgent: true,
    });
    const statuses = new Map<Signature, ReturnType<typeof toEvidence>>();
    let statusSlot: bigint | undefined;
    for (const batch of chunk([...new Set(signatures)], HISTORY_BATCH)) {
      const answer = await readNotBehind(call, batch, later(absoluteSlot, tip.absoluteSlot), options);
      for (const [signature, status] of answer.statuses) statuses.set(signature, toEvidence(status));
      statusSlot = statusSlot === undefined || answer.slot < statusSlot ? answer.slot : statusSlot;
    }
    // After the statuses: what was pruned while they were asked for must not count as searched.
    const firstAvailableSlot = await call({
      method: "getFirstAvailableBlock",
      params: [],
      schema: u64,
      urgent: true,
    });
    return {
      endpoint,
      finalizedBlockHeight: blockHeight,
      heightSlot: absoluteSlot,
      statusSlot: statusSlot ?? absoluteSlot,
      firstAvailableSlot,
      statuses,
    };
  });
}

const later = (a: bigint, b: bigint): bigint => {
  if (a < b) return b;
  return a;
};

/** Behind a load balancer, the node that answers for the statuses may lag behind the one that gave the height. */
async function readNotBehind(
  call: Call,
  batch: readonly Signature[],
  heightSlot: bigint,
  { lagPauseMs = 400, sleep = sleepInReality, size }: EvidenceOptions,
) {
  for (let round = 1; ; round++) {
    const answer = await readStatuses(call, batch, { searchTransactionHistory: true }, size);
    if (answer.slot >= heightSlot) return answer;
    if (round === LAG_ROUNDS) {
      throw new CTOError("CTO_E_RPC_UNAVAILABLE", {
        method: "getSignatureStatuses",
        reason: `it answers as of slot ${answer.slot}, behind slot ${heightSlot}, which was seen before`,
      });
    }
    await sleep(lagPauseMs);
  }
}

function toEvidence(status: Status | null) {
  if (status === null) return null;
  return { slot: status.slot, finalized: status.commitment === "finalized", failure: status.failure };
}
