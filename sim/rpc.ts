/**
 * Simulates one process's pool of endpoints. It fails over, retries after pauses, and then throws
 * `CTO_E_RPC_UNAVAILABLE`.
 */
import type { Call, RpcRequest } from "../src/chain/rpc.ts";
import { CTOError, isCTOError } from "../src/errors/index.ts";
import type { SimEndpoint } from "./endpoint.ts";
import type { Faults } from "./faults.ts";
import type { Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";

const TRIES = 3;
const RETRY_BASE_MS = 250;
const TIMEOUT_MS = 5_000;

/** Sends requests to the simulated endpoints and applies their faults. */
export class SimRpc {
  readonly #process: Process;
  readonly #faults: Faults;
  readonly #scheduler: Scheduler;
  readonly #endpoints: readonly SimEndpoint[];
  #turn = 0;

  constructor(process: Process, faults: Faults, scheduler: Scheduler, endpoints: readonly SimEndpoint[]) {
    this.#process = process;
    this.#faults = faults;
    this.#scheduler = scheduler;
    this.#endpoints = endpoints;
  }

  readonly call: Call = (request) => this.#callAny(this.#inTurn(), request);

  /** Runs the work on `count` endpoints, as the real pool does. The next endpoint replaces one that fails. */
  async onDistinctEndpoints<Result>(
    count: number,
    work: (call: Call, host: string) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (const endpoint of this.#inTurn()) {
      if (results.length === count) break;
      try {
        results.push(await work((request) => this.#callAny([endpoint], request), endpoint.name));
      } catch (error) {
        if (!isRpcError(error)) throw error;
      }
    }
    if (results.length >= count) return results;
    throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "evidence", reason: "too few endpoints answered" });
  }

  /** Makes one request without a retry. @throws `CTO_E_RPC_UNAVAILABLE` */
  async request<Value>(method: string, effect: () => Value): Promise<Value> {
    await this.#fail(method, "endpoint rate limit", 0);
    await this.#fail(method, "endpoint times out", TIMEOUT_MS);
    const value = effect();
    await this.#fail(method, "endpoint acts, answer lost", TIMEOUT_MS);
    return value;
  }

  /** Rotates the endpoints, so that each one is first at some time. */
  #inTurn(): SimEndpoint[] {
    this.#turn = (this.#turn + 1) % this.#endpoints.length;
    return [...this.#endpoints.slice(this.#turn), ...this.#endpoints.slice(0, this.#turn)];
  }

  async #callAny<Answer>(among: readonly SimEndpoint[], request: RpcRequest<Answer>): Promise<Answer> {
    const tries = request.tries ?? TRIES;
    for (let attempt = 1; ; attempt += 1) {
      let last: unknown;
      for (const endpoint of among) {
        try {
          return await this.#callOne(endpoint, request);
        } catch (error) {
          if (!isRpcError(error)) throw error;
          last = error;
        }
      }
      if (attempt >= tries) throw last;
      await this.#process.sleep(RETRY_BASE_MS * 2 ** attempt);
    }
  }

  #callOne<Answer>(endpoint: SimEndpoint, { method, params, schema }: RpcRequest<Answer>): Promise<Answer> {
    return this.#process.call(`rpc.${method}`, async () => {
      const answer = await this.request(method, () => endpoint.answer(method, params));
      if (answer === null) throw this.#refused(method);
      if (answer.delayMs > 0) await this.#process.sleep(answer.delayMs);
      if (answer.troubled) this.#process.troubledAt = this.#scheduler.now;
      const nonsense = this.#faults.strikes("endpoint answers nonsense");
      const parsed = schema.safeParse(nonsense ? { nonsense: true } : answer.result);
      if (parsed.success) return parsed.data;
      this.#process.troubledAt = this.#scheduler.now;
      throw new CTOError("CTO_E_RPC_INVALID_ANSWER", { method, problem: "simulated" });
    });
  }

  #refused(method: string): CTOError<"CTO_E_RPC_UNAVAILABLE"> {
    this.#process.troubledAt = this.#scheduler.now;
    return new CTOError("CTO_E_RPC_UNAVAILABLE", { method, reason: "endpoint refuses history search" });
  }

  async #fail(method: string, kind: Parameters<Faults["strikes"]>[0], ms: number): Promise<void> {
    if (!this.#faults.strikes(kind)) return;
    await this.#process.sleep(ms);
    this.#process.troubledAt = this.#scheduler.now;
    throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method, reason: kind });
  }
}

const isRpcError = (error: unknown): boolean =>
  isCTOError(error, "CTO_E_RPC_UNAVAILABLE") || isCTOError(error, "CTO_E_RPC_INVALID_ANSWER");
