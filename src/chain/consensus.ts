/**
 * Detects the cluster's consensus with `getAgGenesisCert`. A certificate means Alpenglow and null means Tower. A node
 * older than 4.3 does not have the method.
 */
import { z } from "zod";
import type { Consensus } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";
import type { Rpc } from "./rpc.ts";

/** How long an answer is valid, ms. A cluster changes its consensus only once. */
const ASKED_EVERY_MS = 86_400_000;
/** The pause after a failed request, ms. */
const ASKED_AGAIN_MS = 60_000;

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

/**
 * Reads the consensus once per process and day. An unknown consensus counts as Tower: its rules are safe on every cluster.
 *
 * @param now a monotonic clock, ms
 */
export function createConsensusReader(
  rpc: Pick<Rpc, "size" | "onDistinctEndpoints">,
  now: () => number = () => performance.now(),
): () => Promise<Consensus> {
  let known: { readonly consensus: Promise<Consensus>; until: number } | undefined;
  return () => {
    if (known !== undefined && now() < known.until) return known.consensus;
    const asked = { until: now() + ASKED_EVERY_MS, consensus: read(rpc).catch(unknown) };
    function unknown(error: unknown): Consensus {
      if (!isCTOError(error)) throw error;
      asked.until = now() + ASKED_AGAIN_MS;
      return "tower";
    }
    known = asked;
    return asked.consensus;
  };
}
