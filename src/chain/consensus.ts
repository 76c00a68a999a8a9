/**
 * Detects the cluster's consensus with `getAgGenesisCert`. A certificate means Alpenglow and null means Tower. A node
 * older than 4.3 does not have the method.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Consensus } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";
import type { Rpc } from "./rpc.ts";

/** How long an answer is valid, ms. A cluster changes its consensus only once. */
const ASKED_EVERY_MS = 86_400_000;
/** The pause after a failed request, ms. */
const ASKED_AGAIN_MS = 60_000;

/**
 * The longest wait for the answers, ms. Until they have come, and for callers after that, the cluster counts as Tower.
 * One silent endpoint must not delay the first broadcast of a transaction whose blockhash lives 30 s.
 */
const PATIENCE_MS = 1_000;

const METHOD_NOT_FOUND = -32_601;

const certificate = z.union([z.null(), z.record(z.string(), z.unknown())]);

/** Requires Alpenglow from every endpoint. With a single other answer, a confirmed block does not count as final. */
async function read(rpc: Pick<Rpc, "size" | "onDistinctEndpoints">): Promise<Consensus> {
  const answers = await rpc.onDistinctEndpoints(rpc.size, (call) =>
    call({
      method: "getAgGenesisCert",
      params: [],
      schema: certificate,
      settle: ({ code }) => (code === METHOD_NOT_FOUND ? null : undefined),
      tries: 1,
    }),
  );
  return answers.every((answer) => answer !== null) ? "alpenglow" : "tower";
}

/** Returns the answer, or Tower after {@link PATIENCE_MS}. */
async function patiently(answer: Promise<Consensus>): Promise<Consensus> {
  const over = new AbortController();
  const unknown = sleep(PATIENCE_MS, "tower" as const, { ref: false, signal: over.signal });
  unknown.catch(() => undefined); // `finally` aborts it.
  try {
    return await Promise.race([answer, unknown]);
  } finally {
    over.abort();
  }
}

/** What is known about one set of endpoints. */
export type KeptConsensus = { known?: { consensus: Promise<Consensus>; until: number } };

const KEPT = new Map<string, KeptConsensus>();

/** Returns what this process knows about these endpoints. Every estimate opens its own chain, and all of them share it. */
export function keptFor(urls: readonly string[]): KeptConsensus {
  const key = urls.join(" ");
  const kept = KEPT.get(key) ?? {};
  KEPT.set(key, kept);
  return kept;
}

/**
 * Reads the consensus once per process and day. An unknown consensus counts as Tower: its rules are safe on every cluster.
 * All callers together wait a second at most; later callers use the answers that have come meanwhile.
 *
 * @param now a monotonic clock, ms
 */
export function createConsensusReader(
  rpc: Pick<Rpc, "size" | "onDistinctEndpoints" | "closing">,
  now: () => number = () => performance.now(),
  kept: KeptConsensus = {},
): () => Promise<Consensus> {
  return () => {
    if (kept.known !== undefined && now() < kept.known.until) return kept.known.consensus;
    const answer = read(rpc).catch(unknown);
    const answered = { until: now() + ASKED_EVERY_MS, consensus: patiently(answer) };
    answer.then(
      () => {
        answered.consensus = answer;
      },
      () => undefined, // A fault of our own. The callers get it.
    );
    function unknown(error: unknown): Consensus {
      if (!isCTOError(error)) throw error;
      // A chain that was closed meanwhile says nothing about the endpoints: others ask again at once.
      answered.until = rpc.closing.aborted ? 0 : now() + ASKED_AGAIN_MS;
      return "tower";
    }
    kept.known = answered;
    return answered.consensus;
  };
}
