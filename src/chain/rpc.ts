/**
 * The pool of RPC endpoints. A call goes to the first endpoint that does not rest, then fails over to the others. We retry
 * it after growing pauses. `CTO_E_RPC_UNAVAILABLE` after the last retry means *unknown*, never *absent* (R4).
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { CTOError, isCTOError, isUnknown } from "../errors/index.ts";
import { CallFault, Endpoint, type EndpointStats, type RpcRequest } from "./endpoint.ts";
import { OneCluster } from "./one-cluster.ts";

export type { NodeError, RpcRequest } from "./endpoint.ts";

export type RpcOptions = {
  /** One or more http(s) URLs; the first is preferred. */
  readonly urls: readonly string[];
  /** Per endpoint. Default 20. */
  readonly requestsPerSecond?: number;
  /** How long one try may take, ms. Default 10,000. */
  readonly callTimeoutMs?: number;
  /** Tries per call, the first included; each goes through the endpoints until one answers. Default 4. */
  readonly tries?: number;
  /** The first pause between tries, ms. Each later pause is twice as long. Default 250. */
  readonly retryBaseMs?: number;
};

export type RpcStats = {
  /** Requests sent to all endpoints, per method; retries count. */
  readonly calls: Readonly<Record<string, number>>;
  readonly endpoints: readonly EndpointStats[];
};

/** @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER` */
export type Call = <Answer>(request: RpcRequest<Answer>) => Promise<Answer>;

/** The longest pause between two tries, ms. An endpoint that demands a longer one counts as unavailable. */
const LONGEST_PAUSE_MS = 10_000;

/** The longest rest of an endpoint, ms. It may be well again long before a day's `Retry-After` is over; asking it once a minute harms nobody. */
const LONGEST_REST_MS = 60_000;

/** Each waiting call adds several abort listeners, one per library on its way. More than this limit is a leak. */
const MOST_LISTENERS = 4_000;

type Pooled = { readonly endpoint: Endpoint; restingUntil: number };

/**
 * @example
 * const rpc = new Rpc({ urls: ["https://api.mainnet-beta.solana.com"] });
 * const slot = await rpc.call({ method: "getSlot", params: [], schema: u64 });
 */
export class Rpc {
  readonly #pool: readonly Pooled[];
  readonly #cluster: OneCluster;
  readonly #tries: number;
  readonly #retryBaseMs: number;
  readonly #closing = new AbortController();
  /** The requests to every endpoint that one has not answered yet. */
  readonly #pending = new Map<string, Promise<unknown>>();

  /** @throws `CTO_E_CONFIG_INVALID` when no URL is given, or one cannot be read */
  constructor({
    urls,
    requestsPerSecond = 20,
    callTimeoutMs = 10_000,
    tries = 4,
    retryBaseMs = 250,
  }: RpcOptions) {
    if (urls.length === 0)
      throw new CTOError("CTO_E_CONFIG_INVALID", { problems: ["no Solana RPC endpoint is given"] });
    // Two equal URLs are one witness only.
    this.#pool = [...new Set(urls)].map((url) => ({
      endpoint: new Endpoint({ url, requestsPerSecond, timeoutMs: callTimeoutMs }),
      restingUntil: 0,
    }));
    this.#cluster = new OneCluster(this.#pool.length);
    this.#tries = tries;
    this.#retryBaseMs = retryBaseMs;
    setMaxListeners(MOST_LISTENERS, this.#closing.signal);
  }

  /** Aborted by `close()`. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The number of distinct endpoints. */
  get size(): number {
    return this.#pool.length;
  }

  readonly call: Call = (request) => this.#callAny(this.#pool, request);

  /**
   * Calls every endpoint at once, one try each. While an endpoint has not answered an earlier request of the same name, it gets no
   * other one: a slow endpoint must not collect them.
   */
  callEach<Answer>(name: string, request: RpcRequest<Answer>): Promise<Answer>[] {
    return this.#pool.map((pooled, at) => {
      const key = `${at} ${name}`;
      const known = this.#pending.get(key) as Promise<Answer> | undefined;
      if (known !== undefined) return known;
      const call = this.#callAny([pooled], { ...request, tries: 1 }).finally(() => this.#pending.delete(key));
      this.#pending.set(key, call);
      return call;
    });
  }

  /**
   * Runs several calls on the same endpoint, because we may compare answers only if they come from one view of the chain.
   * If the endpoint fails, the whole work starts again on the next one.
   */
  async onOneEndpoint<Result>(work: (call: Call) => Promise<Result>): Promise<Result> {
    for (const result of await this.onDistinctEndpoints(1, work)) return result;
    throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint answered, and none failed" });
  }

  /**
   * Runs the work separately on each of `count` endpoints. The next endpoint replaces one that fails.
   * @throws the fault itself if `count` is 1, otherwise `CTO_E_RPC_UNAVAILABLE`
   */
  async onDistinctEndpoints<Result>(
    count: number,
    work: (call: Call, host: string) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    let fault: unknown;
    for (const pooled of leastRestingFirst(this.#pool)) {
      if (results.length === count) break;
      try {
        results.push(await work((request) => this.#callAny([pooled], request), this.#nameOf(pooled)));
      } catch (error) {
        if (!isUnknown(error)) throw error;
        fault = error;
      }
    }
    if (results.length >= count) return results;
    if (count === 1) throw fault;
    const last = fault instanceof Error ? `; the last fault: ${fault.message}` : "";
    const reason = `${results.length} of the ${count} endpoints that must agree answered${last}`;
    throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "what several endpoints must agree on", reason });
  }

  /** The endpoint's host. If two endpoints share the host, the name includes the position in the pool. */
  #nameOf(pooled: Pooled): string {
    const { host } = pooled.endpoint;
    const isAlone = this.#pool.every((other) => other === pooled || other.endpoint.host !== host);
    return isAlone ? host : `${host} (endpoint ${this.#pool.indexOf(pooled) + 1})`;
  }

  /**
   * Compares the genesis hashes of all endpoints that answer now. We check an endpoint that is down before its first use.
   * @throws `CTO_E_CONFIG_CLUSTERS_DIFFER`
   */
  async requireOneCluster(): Promise<void> {
    const admitted = this.#pool.map(({ endpoint }) => this.#cluster.admit(endpoint, this.#closing.signal));
    await Promise.allSettled(admitted);
    if (this.#cluster.mixed !== undefined) throw this.#cluster.mixed;
  }

  stats(): RpcStats {
    const endpoints = this.#pool.map(({ endpoint }) => endpoint.stats());
    const calls: Record<string, number> = {};
    for (const [method, count] of endpoints.flatMap((stats) => Object.entries(stats.calls))) {
      calls[method] = (calls[method] ?? 0) + count;
    }
    return { calls, endpoints };
  }

  /** Ends waiting and running calls with `CTO_E_RPC_UNAVAILABLE`. */
  close(): void {
    this.#closing.abort();
  }

  /** Calls these endpoints, and retries after growing pauses if a retry may help. */
  async #callAny<Answer>(among: readonly Pooled[], request: RpcRequest<Answer>): Promise<Answer> {
    try {
      return await pRetry(() => this.#callInTurn(among, request), {
        retries: (request.tries ?? this.#tries) - 1,
        minTimeout: this.#retryBaseMs,
        maxTimeout: LONGEST_PAUSE_MS,
        factor: 2,
        randomize: false,
        signal: this.#closing.signal,
        shouldRetry: (error) => error instanceof CallFault && error.again,
      });
    } catch (error) {
      if (error instanceof CallFault) throw error.error;
      if (isCTOError(error)) throw error;
      throw new CTOError("CTO_E_RPC_UNAVAILABLE", {
        method: request.method,
        reason: this.#closing.signal.aborted ? "the connection is being closed" : "unexpected fault",
      });
    }
  }

  /** One try: calls the endpoint with the shortest rest, then at once every other endpoint that does not rest. */
  async #callInTurn<Answer>(among: readonly Pooled[], request: RpcRequest<Answer>): Promise<Answer> {
    const [first, ...others] = leastRestingFirst(among);
    if (first === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "a call to no endpoint" });
    await this.#waitFor(first, request.method);
    let fault: CallFault | undefined;
    for (const pooled of [first, ...others.filter((other) => restLeft(other) === 0)]) {
      try {
        await this.#cluster.admit(pooled.endpoint, this.#closing.signal);
        return await pooled.endpoint.call(request, this.#closing.signal);
      } catch (error) {
        if (!(error instanceof CallFault) || this.#cluster.mixed !== undefined) throw error;
        // A failed endpoint rests if we have another one. A single endpoint rests only if its answer demanded a pause.
        const restMs = error.retryAfterMs ?? (others.length > 0 ? this.#retryBaseMs * 4 : 0);
        const until = performance.now() + Math.min(restMs, LONGEST_REST_MS);
        pooled.restingUntil = Math.max(pooled.restingUntil, until);
        // A retryable fault takes precedence: one endpoint's bad API key must not end the retries on the others.
        if (fault === undefined || error.again) fault = error;
      }
    }
    throw fault;
  }

  async #waitFor({ endpoint, restingUntil }: Pooled, method: string): Promise<void> {
    const waitMs = restingUntil - performance.now();
    if (waitMs <= 0) return;
    if (waitMs > LONGEST_PAUSE_MS) {
      const reason = `${endpoint.host}: rate limited for another ${Math.ceil(waitMs / 1000)} s`;
      throw new CallFault(new CTOError("CTO_E_RPC_UNAVAILABLE", { method, reason }), false, undefined);
    }
    await sleep(waitMs, undefined, { signal: this.#closing.signal });
  }
}

const restLeft = ({ restingUntil }: Pooled): number => Math.max(0, restingUntil - performance.now());

const leastRestingFirst = (pool: readonly Pooled[]): Pooled[] =>
  [...pool].sort((a, b) => restLeft(a) - restLeft(b));
