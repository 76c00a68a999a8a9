/**
 * Lists the RPC methods that the system uses, and what happens if an endpoint lacks one.
 *
 * `cto doctor` checks all of them at each endpoint, and `npm run docs` generates the table in docs/operating.md from
 * this list.
 */
import { z } from "zod";
import { createBoundedTransport, splitCredentials } from "../base/bounded-rpc.ts";
import { isUnsupported } from "../chain/refusals.ts";

export type Need = {
  readonly method: string;
  /** What we use it for. */
  readonly use: string;
  /** What happens without it; null if nothing works. */
  readonly without: string | null;
  /** The parameters of a harmless request. */
  readonly params: readonly unknown[];
  /** True if a refusal proves that the method exists, because the request is deliberately invalid. */
  readonly refuses?: boolean;
};

const SYSTEM = "11111111111111111111111111111111";
const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const CPMM_PROGRAM = "CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C";
/** No transaction has this signature. */
const NO_SIGNATURE = "1".repeat(64);
const FINALIZED = { commitment: "finalized" };
const BASE64 = { encoding: "base64", commitment: "finalized" };

const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

export const NEEDS: readonly Need[] = [
  { method: "getGenesisHash", use: "which cluster it is", without: null, params: [] },
  {
    method: "getEpochInfo",
    use: "the block height that proves an attempt dead",
    without: null,
    params: [FINALIZED],
  },
  { method: "getLatestBlockhash", use: "signing", without: null, params: [FINALIZED] },
  {
    method: "getMultipleAccounts",
    use: "markets, wallets and mints, a hundred at once",
    without: null,
    params: [[SYSTEM], BASE64],
  },
  {
    method: "getSignatureStatuses",
    use: "whether a transaction landed, with history search",
    without: null,
    params: [[NO_SIGNATURE], { searchTransactionHistory: true }],
  },
  {
    method: "getFirstAvailableBlock",
    use: "where the endpoint's history begins",
    without: null,
    params: [],
  },
  {
    method: "simulateTransaction",
    use: "what a transaction would do",
    without: null,
    params: ["AAAA", { encoding: "base64" }],
    refuses: true,
  },
  {
    method: "sendTransaction",
    use: "sending",
    without: null,
    params: ["AAAA", { encoding: "base64" }],
    refuses: true,
  },
  {
    method: "getTransaction",
    use: "what a landed transaction delivered and cost",
    without: "returns of funds and the check of receipts wait; buys do not",
    params: [NO_SIGNATURE, { maxSupportedTransactionVersion: 1 }],
  },
  {
    method: "getSignaturesForAddress",
    use: "the history that receipts are checked against",
    without: "`cto receipt --verify` fails",
    params: [SYSTEM, { limit: 1 }],
  },
  {
    method: "getTokenAccountsByOwner",
    use: "empty token accounts whose rents go back",
    without: "`cto wallets sweep` fails",
    params: [SYSTEM, { programId: TOKEN_PROGRAM }, BASE64],
  },
  {
    method: "getProgramAccounts",
    use: "pools that stand at no derived address",
    without: "such pools are not found; the aggregator is asked instead",
    params: [CPMM_PROGRAM, { ...BASE64, filters: [{ dataSize: 1 }] }],
  },
  {
    method: "getRecentPrioritizationFees",
    use: "the price of priority",
    without: "the least price is paid, with one warning",
    params: [[SYSTEM]],
  },
  {
    method: "getTokenSupply",
    use: "a token's decimals, for people",
    without: "amounts are shown in base units, prices are left out",
    params: [SYSTEM],
    refuses: true,
  },
  {
    method: "getAgGenesisCert",
    use: "whether the cluster runs Alpenglow",
    without: "it counts as Tower, whose rules are right on both",
    params: [],
  },
];

/** The most accounts that the engine requests at once. */
const MOST_ACCOUNTS = 100;

export type Offered = {
  /** The missing methods that the system cannot work without. */
  readonly missing: readonly string[];
  readonly optionalMissing: readonly Need[];
  /** False if the endpoint refuses a request for a hundred accounts. We then make more requests. */
  readonly takesHundred: boolean;
};

const refusal = z.object({ error: z.object({ code: z.coerce.number(), message: z.string() }) });

/** A request was answered, refused with this error, or not answered. */
type Answer = "answered" | "silent" | { readonly code: number; readonly message: string };

const isMissing = (answer: Answer, { refuses = false }: Need): boolean => {
  if (typeof answer === "string") return answer === "silent";
  return !refuses || isUnsupported({ ...answer, httpStatus: null });
};

const readAnswer = (body: unknown): Answer => {
  const refused = refusal.safeParse(body);
  return refused.success ? refused.data.error : "answered";
};

/** Sends each request once to an endpoint. A method without an answer in time counts as missing. */
export async function probeEndpoint(url: string, timeoutMs = 5_000): Promise<Offered> {
  const { url: bare, headers } = splitCredentials(url);
  const transport = createBoundedTransport(bare.href, headers);
  const ask = async (method: string, params: readonly unknown[]): Promise<Answer> => {
    try {
      const payload = { jsonrpc: "2.0", id: 1, method, params };
      return readAnswer(await transport<unknown>({ payload, signal: AbortSignal.timeout(timeoutMs) }));
    } catch (error) {
      // The error may be a JSON-RPC error with an HTTP error status.
      const answer = readAnswer(error instanceof Error ? error.cause : undefined);
      return answer === "answered" ? "silent" : answer;
    }
  };
  const answers = await Promise.all(
    NEEDS.map(async (need) => ({ need, missing: isMissing(await ask(need.method, need.params), need) })),
  );
  const missing = answers.flatMap((each) => (each.missing ? [each.need] : []));
  const hundred = await ask("getMultipleAccounts", [many(MOST_ACCOUNTS, SYSTEM), BASE64]);
  return {
    missing: missing.flatMap(({ method, without }) => (without === null ? [method] : [])),
    optionalMissing: missing.filter(({ without }) => without !== null),
    takesHundred: hundred === "answered",
  };
}
