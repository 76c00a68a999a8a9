/**
 * One Solana RPC endpoint: its address, its rate limit, and single calls to it.
 *
 * An endpoint's URL often contains an API key in its path or query. Only the host leaves this file, and we remove the
 * URL's secrets from the node's texts.
 */
import {
  isSolanaError,
  type RpcTransport,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  type SolanaError,
} from "@solana/kit";
import PQueue from "p-queue";
import { z } from "zod";
import { TooLarge } from "../base/bounded-body.ts";
import { createBoundedTransport, OtherAnswer, splitCredentials } from "../base/bounded-rpc.ts";
import { hideSecrets, secretsOf } from "../base/hide-secrets.ts";
import { visible } from "../base/visible.ts";
import { CTOError } from "../errors/index.ts";

/** An endpoint's refusal of a call: a JSON-RPC error with any HTTP status, or an HTTP status alone. */
export type NodeError = {
  /** Null without a JSON-RPC error. */
  readonly code: number | null;
  readonly message: string;
  readonly data: unknown;
  /** Null for status 200. */
  readonly httpStatus: number | null;
};

/** One JSON-RPC request, and the schema of its answer. */
export type RpcRequest<Answer> = {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly schema: z.ZodType<Answer>;
  /** Converts a node's error that *is* an answer into a value. Returns undefined for a real error. */
  readonly settle?: (error: NodeError) => Answer | undefined;
  /** The value for an answer that is larger than we read. Without it, such an answer is a fault. */
  readonly tooLarge?: Answer;
  /** Urgent calls go before other waiting calls: sends, and the evidence that sends wait for. */
  readonly urgent?: boolean;
  /** Tries in all, the first included. */
  readonly tries?: number;
};

/** The reason of a failed call. The pool uses it to decide about a retry. It never leaves `chain/`. */
export class CallFault extends Error {
  override readonly name = "CallFault";
  constructor(
    /** The error for the caller. */
    readonly error: CTOError,
    /** Whether a retry on the same endpoint may help. */
    readonly again: boolean,
    /** The pause that the endpoint demands, ms. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(error.message);
  }
}

export type EndpointOptions = {
  /** `http://` or `https://`, credentials allowed. */
  readonly url: string;
  /** Calls per second, at most. `Infinity` means no limit. */
  readonly requestsPerSecond: number;
  /** How long one call may take, ms, not counting its wait for the rate limit. */
  readonly timeoutMs: number;
};

export type EndpointStats = {
  readonly host: string;
  /** Requests sent, per method; retries count. */
  readonly calls: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly rateLimited: number;
};

const envelope = z.union([
  z.object({ error: z.object({ code: z.bigint(), message: z.string(), data: z.unknown().optional() }) }),
  z.object({ result: z.unknown() }),
]);

/** Errors that a retry cannot change on any endpoint: bad parameters, unknown methods, bad signatures. */
const FINAL_NODE_ERRORS: readonly number[] = [-32600, -32601, -32602, -32002, -32003, -32013, -32015];

/** Whether the same endpoint may answer the same call later. */
function mayPass({ code, httpStatus }: NodeError): boolean {
  if (httpStatus === 429 || httpStatus === 408) return true;
  if (code !== null && FINAL_NODE_ERRORS.includes(code)) return false;
  if (httpStatus === null) return true;
  return httpStatus >= 500 || (httpStatus === 400 && code !== null);
}

type Fetched =
  | { readonly json: unknown }
  | { readonly tooLarge: TooLarge }
  | { readonly refused: NodeError; readonly retryAfterMs?: number };

const toNodeError = (
  { code, message, data }: { code: bigint; message: string; data?: unknown },
  httpStatus: number | null,
): NodeError => ({ code: Number(code), message, data, httpStatus });

export class Endpoint {
  readonly host: string;
  readonly #transport: RpcTransport;
  readonly #scrub: (text: string) => string;
  readonly #timeoutMs: number;
  readonly #queue: PQueue;
  readonly #calls: Record<string, number> = {};
  #failures = 0;
  #rateLimited = 0;
  #lastId = 0;

  /** @throws `CTO_E_CONFIG_INVALID` when the URL cannot be read */
  constructor({ url, requestsPerSecond, timeoutMs }: EndpointOptions) {
    const { host, transport, scrub } = openTransport(url);
    this.host = host;
    this.#transport = transport;
    this.#scrub = scrub;
    this.#timeoutMs = timeoutMs;
    const limited = Number.isFinite(requestsPerSecond);
    this.#queue = new PQueue(limited ? { interval: 1000, intervalCap: Math.max(1, requestsPerSecond) } : {});
  }

  /** Sends one request, within the rate limit. @throws {@link CallFault} */
  async call<Answer>(request: RpcRequest<Answer>, closing: AbortSignal): Promise<Answer> {
    const { method, urgent = false } = request;
    try {
      const task = () => this.#callNow(request, closing);
      return await this.#queue.add(task, { priority: urgent ? 1 : 0, signal: closing });
    } catch (error) {
      this.#failures += 1;
      if (error instanceof CallFault) throw error;
      throw this.#unavailable(
        method,
        closing.aborted ? "the connection is being closed" : "unexpected fault",
        false,
      );
    }
  }

  stats(): EndpointStats {
    return {
      host: this.host,
      calls: { ...this.#calls },
      failures: this.#failures,
      rateLimited: this.#rateLimited,
    };
  }

  async #callNow<Answer>(request: RpcRequest<Answer>, closing: AbortSignal): Promise<Answer> {
    const { method, schema } = request;
    const fetched = await this.#fetchJson(request, closing);
    if ("refused" in fetched) return this.#refused(request, fetched.refused, fetched.retryAfterMs);
    if ("tooLarge" in fetched) {
      if (request.tooLarge !== undefined) return request.tooLarge;
      throw this.#invalid(method, fetched.tooLarge.message);
    }
    const parsed = envelope.safeParse(fetched.json);
    if (!parsed.success) throw this.#invalid(method, "neither a result nor an error");
    if ("error" in parsed.data) return this.#refused(request, toNodeError(parsed.data.error, null));
    const answer = schema.safeParse(parsed.data.result);
    if (!answer.success) throw this.#invalid(method, describeIssue(answer.error));
    return answer.data;
  }

  /** Returns the value that `settle` gives for a refusal, otherwise throws a fault. */
  #refused<Answer>({ method, settle }: RpcRequest<Answer>, error: NodeError, retryAfterMs?: number): Answer {
    const nodeError = { ...error, message: this.#scrub(error.message) };
    const settled = settle?.(nodeError);
    if (settled !== undefined) return settled;
    const { code, message, httpStatus } = nodeError;
    const parts = [
      ...(httpStatus === null ? [] : [`HTTP ${httpStatus}`]),
      ...(code === null ? [] : [`the node answered error ${code}: ${message}`]),
    ];
    throw this.#unavailable(method, parts.join(", "), mayPass(nodeError), retryAfterMs);
  }

  /** Returns the parsed JSON or the refusal. Throws a fault whose text does not contain the URL. */
  async #fetchJson({ method, params }: RpcRequest<unknown>, closing: AbortSignal): Promise<Fetched> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, this.#timeoutMs);
    closing.addEventListener("abort", abort, { once: true });
    try {
      closing.throwIfAborted();
      this.#calls[method] = (this.#calls[method] ?? 0) + 1;
      this.#lastId += 1;
      const payload = { jsonrpc: "2.0", id: this.#lastId, method, params };
      return { json: await this.#transport({ payload, signal: controller.signal }) };
    } catch (error) {
      if (closing.aborted) throw this.#unavailable(method, "the connection is being closed", false);
      if (controller.signal.aborted)
        throw this.#unavailable(method, `no answer within ${this.#timeoutMs} ms`, true);
      if (error instanceof TooLarge) return { tooLarge: error };
      if (isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) return this.#readRefusal(error);
      throw this.#faultOf(method, error);
    } finally {
      clearTimeout(timer);
      closing.removeEventListener("abort", abort);
    }
  }

  #readRefusal(error: SolanaError<typeof SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR>): Fetched {
    const { statusCode, headers } = error.context;
    if (statusCode === 429) this.#rateLimited += 1;
    const retryAfterMs = readRetryAfter(headers.get("retry-after"));
    const body = envelope.safeParse(error.cause);
    const refused =
      body.success && "error" in body.data
        ? toNodeError(body.data.error, statusCode)
        : { code: null, message: "", data: undefined, httpStatus: statusCode };
    return { refused, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }

  #faultOf(method: string, error: unknown): CallFault {
    if (error instanceof OtherAnswer) return this.#invalid(method, error.message);
    if (error instanceof SyntaxError) return this.#invalid(method, "the answer is not JSON");
    return this.#unavailable(method, networkReason(error), true);
  }

  #unavailable(method: string, reason: string, again: boolean, retryAfterMs?: number): CallFault {
    const error = new CTOError("CTO_E_RPC_UNAVAILABLE", { method, reason: `${this.host}: ${reason}` });
    return new CallFault(error, again, retryAfterMs);
  }

  #invalid(method: string, problem: string): CallFault {
    const error = new CTOError("CTO_E_RPC_INVALID_ANSWER", { method, problem: `${this.host}: ${problem}` });
    return new CallFault(error, true, undefined);
  }
}

function openTransport(url: string): {
  host: string;
  transport: RpcTransport;
  scrub: (text: string) => string;
} {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CTOError("CTO_E_CONFIG_INVALID", { problems: ["a Solana RPC endpoint is not an http(s) URL"] });
  }
  const hide = hideSecrets(secretsOf(url));
  const { url: bare, headers } = splitCredentials(url);
  return {
    host: bare.host,
    transport: createBoundedTransport(bare.href, headers),
    scrub: (text) => visible(hide(text).slice(0, 300)),
  };
}

/** `Retry-After` in ms: seconds, or an HTTP date. */
function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Returns the system's error code only, because fetch's messages may contain the URL. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = z.object({ code: z.string() }).safeParse(cause);
  return code.success ? `network fault (${code.data.code})` : "network fault";
}

function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "wrong shape";
  return `${issue.path.map(String).join(".") || "result"}: ${issue.message}`;
}
