/**
 * Sends JSON-RPC over HTTP as kit does, but limits the size of an answer, because we do not trust an endpoint (P3).
 */
import {
  createSolanaRpcFromTransport,
  type Rpc,
  type RpcTransport,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  SolanaError,
  type SolanaRpcApi,
} from "@solana/kit";
import { stringifyJsonWithBigInts } from "@solana/rpc-spec-types";
import { readBounded } from "./bounded-body.ts";
import { parseBounded } from "./bounded-json.ts";
import { decode } from "./hide-secrets.ts";

/** A hundred of the largest accounts that we request are smaller than this, in base64. */
export const MOST_ANSWER_BYTES = 8 * 2 ** 20;

const MOST_REFUSAL_BYTES = 64 * 2 ** 10;

/**
 * The most values in an answer. Eight MiB of integers would hold up the whole process for ten seconds, and our leases last
 * three. Eight MiB of accounts have fewer values.
 */
const MOST_VALUES = 250_000;

/** Returns the body of an error answer, if it is JSON. */
async function readRefusal(response: Response): Promise<unknown> {
  try {
    return parseBounded(await readBounded(response, MOST_REFUSAL_BYTES), MOST_VALUES);
  } catch {
    return undefined;
  }
}

/** The endpoint, or a cache or proxy in front of it, sent the answer to another request. */
export class OtherAnswer extends Error {
  override readonly name = "OtherAnswer";
  constructor() {
    super("the answer's id is not the request's: it belongs to another request");
  }
}

const idOf = (message: unknown): unknown =>
  message !== null && typeof message === "object" && "id" in message ? message.id : undefined;

/**
 * Returns whether an answer belongs to a request. Some nodes return a number as text. An error may lack the id:
 * JSON-RPC allows it for a request that the node could not read.
 */
function belongsTo(payload: unknown, answer: unknown): boolean {
  const id = idOf(answer);
  const isError = answer !== null && typeof answer === "object" && "error" in answer;
  if (id === undefined || id === null) return isError;
  return ["number", "bigint", "string"].includes(typeof id) && String(id) === String(idOf(payload));
}

/** Parses integers as bigints. Throws the same errors as kit's own transport, `TooLarge`, and `OtherAnswer`. */
export const createBoundedTransport =
  (url: string, headers: Readonly<Record<string, string>> = {}): RpcTransport =>
  async <Answer>({ payload, signal }: Parameters<RpcTransport>[0]): Promise<Answer> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, accept: "application/json", "content-type": "application/json; charset=utf-8" },
      body: stringifyJsonWithBigInts(payload),
      ...(signal ? { signal } : {}),
    });
    if (!response.ok) {
      const refusal = await readRefusal(response);
      throw new SolanaError(SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR, {
        // Many providers send a JSON-RPC error with an HTTP error status. The body then says more than the status.
        cause: belongsTo(payload, refusal) ? refusal : undefined,
        headers: response.headers,
        message: response.statusText,
        statusCode: response.status,
      });
    }
    const answer = parseBounded(await readBounded(response, MOST_ANSWER_BYTES), MOST_VALUES);
    if (!belongsTo(payload, answer)) throw new OtherAnswer();
    return answer as Answer;
  };

/**
 * Moves credentials from the URL to a header, because fetch refuses such a URL with an error that shows them.
 */
export function splitCredentials(url: string): { url: URL; headers: Record<string, string> } {
  const bare = new URL(url);
  const { username, password } = bare;
  bare.username = "";
  bare.password = "";
  if (username === "" && password === "") return { url: bare, headers: {} };
  const credentials = `${decode(username)}:${decode(password)}`;
  return {
    url: bare,
    headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
  };
}

const DAY_MS = 86_400_000;
/** The pause after an endpoint that did not answer, ms. */
const AGAIN_MS = 60_000;

const certified = new Map<string, { readonly answer: Promise<boolean>; until: number }>();

/**
 * Returns whether an endpoint has a genesis certificate, as Alpenglow's endpoints do. Each endpoint gets one request per
 * process and day. If it does not answer or its answer is invalid, we assume that it has none, because Tower's rules
 * are safe on every cluster.
 */
export function hasGenesisCert(url: string, signal: AbortSignal): Promise<boolean> {
  const known = certified.get(url);
  if (known !== undefined && performance.now() < known.until) return known.answer;
  const answer = askForGenesisCert(url, signal).catch(() => {
    entry.until = performance.now() + AGAIN_MS;
    return false;
  });
  const entry = { answer, until: performance.now() + DAY_MS };
  certified.set(url, entry);
  return answer;
}

async function askForGenesisCert(url: string, signal: AbortSignal): Promise<boolean> {
  const { url: bare, headers } = splitCredentials(url);
  const payload = { jsonrpc: "2.0", id: 1, method: "getAgGenesisCert", params: [] };
  const answer: unknown = await createBoundedTransport(bare.href, headers)({ payload, signal });
  const result = answer !== null && typeof answer === "object" && "result" in answer ? answer.result : null;
  return typeof result === "object" && result !== null;
}

/** @param url may have credentials */
export function createBoundedRpc(url: string): Rpc<SolanaRpcApi> {
  const { url: bare, headers } = splitCredentials(url);
  return createSolanaRpcFromTransport(createBoundedTransport(bare.href, headers)) as Rpc<SolanaRpcApi>;
}
