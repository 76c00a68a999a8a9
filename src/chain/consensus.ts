/**
 * How the cluster agrees on blocks, by `getAgGenesisCert`: a certificate says Alpenglow, null says Tower, and a node older
 * than 4.3 does not know the method.
 */
import { z } from "zod";
import type { Consensus } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";
import type { Rpc } from "./rpc.ts";

/** An answer counts for so long, ms: a cluster changes its consensus once in its life. */
const ASKED_EVERY_MS = 86_400_000;
/** And silence for so long, ms. */
const ASKED_AGAIN_MS = 60_000;

const METHOD_NOT_FOUND = -32_601;

const certificate = z.union([z.null(), z.record(z.string(), z.unknown())]);

/** Every endpoint must say Alpenglow: with one that does not, what is confirmed is not yet taken for final. */
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
 * Asks once per process and day. What is unknown counts as Tower, whose rules are right on every cluster.
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
