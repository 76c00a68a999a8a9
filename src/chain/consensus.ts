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

/**
 * Reads the consensus once per process and day. An unknown consensus counts as Tower: its rules are safe on every cluster.
 * All callers together wait a second at most; later callers use the answers that have come meanwhile.
 *
 * @param now a monotonic clock, ms
 */
export function createConsensusReader(
  rpc: Pick<Rpc, "size" | "onDistinctEndpoints">,
  now: () => number = () => performance.now(),
): () => Promise<Consensus> {
  let known: { consensus: Promise<Consensus>; until: number } | undefined;
  return () => {
    if (known !== undefined && now() < known.until) return known.consensus;
    const answer = read(rpc).catch(unknown);
    const asked = { until: now() + ASKED_EVERY_MS, consensus: patiently(answer) };
    answer.then(
      () => {
        asked.consensus = answer;
      },
      () => undefined, // A fault of our own. The callers get it.
    );
    function unknown(error: unknown): Consensus {
      if (!isCTOError(error)) throw error;
      asked.until = now() + ASKED_AGAIN_MS;
      return "tower";
    }
    known = asked;
    return asked.consensus;
  };
}
