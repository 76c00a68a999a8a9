/**
 * Reads the slot where an endpoint's records begin. Behind one address there may be several nodes, and one of them may
 * keep fewer records: it was started from a snapshot, or it is no archive. Its answer "there is nothing" must not count
 * together with another node's claim to have all records. So we repeat the question, and the worst answer counts.
 */
import { u64 } from "./answers.ts";
import type { Call } from "./rpc.ts";

/** How often we repeat a question to which the nodes behind one address may answer differently. */
export const REPEATS = 4;

/** How long the worst answer of such a round counts beside a single newer answer, ms. */
const ROUND_MS = 60_000;

const readOnce = (call: Call): Promise<bigint> =>
  call({ method: "getFirstAvailableBlock", params: [], schema: u64, urgent: true });

const worse = (one: bigint, other: bigint): bigint => (one > other ? one : other);

/** @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER` */
export async function readFirstAvailable(call: Call): Promise<bigint> {
  let latest = 0n;
  for (let left = REPEATS; left > 0; left -= 1) latest = worse(latest, await readOnce(call));
  return latest;
}

/** Returns the worst of what an endpoint's nodes answer. Every call makes at least one request. */
export type RecordsReader = (call: Call, endpoint: string) => Promise<bigint>;

/**
 * Reads repeatedly for each endpoint, but not for each question: within a minute, one more request is enough.
 * @param now a clock in ms
 */
export function createRecordsReader(now: () => number = () => performance.now()): RecordsReader {
  const rounds = new Map<string, { readonly slot: bigint; readonly at: number }>();
  return async (call, endpoint) => {
    const round = rounds.get(endpoint);
    if (round !== undefined && now() - round.at < ROUND_MS) return worse(round.slot, await readOnce(call));
    const slot = await readFirstAvailable(call);
    rounds.set(endpoint, { slot, at: now() });
    return slot;
  };
}
