/**
 * Gathers the evidence that can prove an attempt dead (rule R3).
 *
 * We read the finalized block height first. Then we read the statuses of every attempt, with history, and the slot where
 * the endpoint's records begin, which is the worst of several answers, because its nodes may differ. All answers come from
 * one endpoint, which must not be behind that height. With a quorum, several endpoints do this separately. Behind one
 * address there may be several nodes: we use the finalized height only as far as a node must have finalized whose tip is the
 * one that we read, because the statuses come from a node at least as new as that tip.
 *
 * The opposite order loses money: an attempt could land after the status reading and before the height reading.
 */
import { setTimeout as sleepInReality } from "node:timers/promises";
import { z } from "zod";
import {
  type Consensus,
  type Evidence,
  FINALITY_BLOCKS,
  FIRST_SLOT_MS,
  type Signature,
} from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { u64 } from "./answers.ts";
import { type BatchSize, chunk } from "./batches.ts";
import { GENESIS } from "./one-cluster.ts";
import { createRecordsReader, type RecordsReader } from "./records.ts";
import type { Call, Rpc } from "./rpc.ts";
import { HISTORY_BATCH, readStatuses, type Status } from "./statuses.ts";

export type EvidenceOptions = {
  /** The pause before we retry a lagging endpoint, ms. Default: `FIRST_SLOT_MS`. */
  readonly lagPauseMs?: number;
  /** How many distinct endpoints must answer. Default 1. */
  readonly quorum?: number;
  /** Default: Tower, whose rules are safe on every cluster. */
  readonly consensus?: () => Promise<Consensus>;
  /** The genesis hash of the journal's cluster; null if it is not known. */
  readonly genesis?: () => Promise<string | null>;
  /** Waits for this time. The simulator passes its own clock. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Reads where an endpoint's records begin. All evidence calls share it, so that they repeat it less often. */
  readonly records?: RecordsReader;
  /** The batch size. All evidence calls share it, so that they hit an endpoint's limit only once. */
  readonly size?: BatchSize;
};

const epochInfo = z.object({ absoluteSlot: u64, blockHeight: u64 });

/** How often an endpoint may lag before we use the next one. */
const LAG_ROUNDS = 3;

/**
 * Returns one piece of evidence per endpoint, as many as the quorum.
 * @throws `CTO_E_RPC_UNAVAILABLE` if too few endpoints answered, or too many of them lag
 */
export async function gatherEvidence(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  signatures: readonly Signature[],
  options: EvidenceOptions = {},
): Promise<readonly Evidence[]> {
  const readRecords = options.records ?? createRecordsReader();
  return await rpc.onDistinctEndpoints(options.quorum ?? 1, async (call, endpoint) => {
    // R3: height before status. One call returns the height and its slot from the same bank.
    const { blockHeight, absoluteSlot } = await call({
      method: "getEpochInfo",
      params: [{ commitment: "finalized" }],
      schema: epochInfo,
      urgent: true,
    });
    // Behind one address there may be several nodes, and a lagging one may answer for the statuses: past the finalized
    // slot, but on a fork without the finalized block, or before it has finalized that block itself. The statuses must
    // therefore be as new as this tip, and we count as final only what a node at this tip has finalized.
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
    // After the statuses: what was pruned during these requests must not count as searched.
    const firstAvailableSlot = await readRecords(call, endpoint);
    if ([...statuses.values()].includes(null)) await requireCluster(call, options.genesis);
    return {
      endpoint,
      finalizedBlockHeight: await provenHeight(blockHeight, tip.blockHeight, options.consensus),
      heightSlot: absoluteSlot,
      statusSlot: statusSlot ?? absoluteSlot,
      firstAvailableSlot,
      statuses,
    };
  });
}

/**
 * An address may lead to another cluster since the worker has started. There every attempt is absent, and would be signed
 * again. So an absence counts only from the journal's own cluster.
 */
async function requireCluster(call: Call, genesis: EvidenceOptions["genesis"]): Promise<void> {
  const expected = (await genesis?.()) ?? null;
  if (expected === null || (await call(GENESIS)) === expected) return;
  const reason = "it is of another cluster than the journal, which it was not at the start";
  throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: GENESIS.method, reason });
}

/**
 * Returns the finalized height that a node has reached whose tip is at least as new as ours. On Tower we need no request
 * for the consensus, unless the tip came from a node that lags.
 */
async function provenHeight(
  finalized: bigint,
  tip: bigint,
  consensus: () => Promise<Consensus> = async () => "tower",
): Promise<bigint> {
  const newest = later(finalized, tip);
  if (newest - FINALITY_BLOCKS.tower >= finalized) return finalized;
  const proven = newest - FINALITY_BLOCKS[await consensus()];
  return proven < finalized ? proven : finalized;
}

const later = (a: bigint, b: bigint): bigint => {
  if (a < b) return b;
  return a;
};

/** The statuses may come from another node than the height, behind the same load balancer. That node may lag. */
async function readNotBehind(
  call: Call,
  batch: readonly Signature[],
  heightSlot: bigint,
  { lagPauseMs = FIRST_SLOT_MS, sleep = sleepInReality, size }: EvidenceOptions,
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
