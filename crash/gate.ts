/**
 * Provides the RPC endpoints of one run, in front of the shared localnet. Every JSON-RPC call of the run passes here. The
 * gate therefore counts the RPC points, and injects the faults: lost calls and answers, HTTP errors, stale or false statuses.
 */

import type { Fault } from "../src/localnet/faults.ts";
import { createHttpServer } from "../src/localnet/http-server.ts";
import type { Cluster, Faults } from "../src/localnet/index.ts";

/**
 * - `lost`: calls are executed, but their answers do not arrive.
 * - `dropped`: calls are not executed.
 * - `storm`: HTTP 429.
 * - `lag`: a load balancer whose node for statuses is {@link LAG} slots behind its node for heights.
 * - `lie`: the first endpoint is unavailable; the second one is up to date, but returns null for every signature.
 */
export type RpcFault = "lost" | "dropped" | "storm" | "lag" | "lie";

/** The action at the armed point. A point is `rpc.<method>:<before|after>#<k>`. */
export type GatePlan = {
  readonly point: string;
  readonly act: { readonly kill: () => void } | { readonly fault: RpcFault; readonly lastsMs: number };
  readonly reached: () => void;
};

/** The lag in slots. It is larger than the distance from the finalized slot to the newest one. */
const LAG = 60;

type Statuses = { readonly context: { slot: number }; readonly value: readonly ({ slot: number } | null)[] };

/** The answer of a node that is {@link LAG} slots behind: it knows what landed before that, and nothing later. */
export const behind = ({ context, value }: Statuses): Statuses => {
  const slot = context.slot - LAG;
  return {
    context: { ...context, slot },
    value: value.map((status) => (status !== null && status.slot <= slot ? status : null)),
  };
};

/** The answer of a node that is up to date, but returns null for every signature. */
const without = ({ context, value }: Statuses): Statuses => ({ context, value: value.map(() => null) });

type Mood = { fault: RpcFault; method: string; until: number } | null;

export class Gate {
  readonly urls: readonly string[];
  readonly #close: () => Promise<unknown>;
  readonly #counts = new Map<string, number>();
  #plan: GatePlan | null = null;
  #counting = false;
  #mood: Mood = null;

  private constructor(urls: readonly string[], close: () => Promise<unknown>) {
    this.urls = urls;
    this.#close = close;
  }

  /** Opens one or two endpoints of one cluster. */
  static async open(cluster: Cluster, endpoints: 1 | 2): Promise<Gate> {
    let gate: Gate | undefined;
    const servers = Array.from({ length: endpoints }, (_, index) => {
      const faults: Faults = {
        latencyMs: 0,
        intercept: (method) => gate?.intercept(method, index),
      };
      const server = createHttpServer(cluster, faults);
      server.addHook("onSend", async (request, _reply, payload) =>
        gate === undefined || typeof payload !== "string"
          ? payload
          : gate.rewrite(String(request.body), payload, index),
      );
      return server;
    });
    const urls = await Promise.all(servers.map((server) => server.listen({ host: "127.0.0.1", port: 0 })));
    gate = new Gate(urls, () => Promise.all(servers.map((server) => server.close())));
    return gate;
  }

  /** Arms the plan and restarts the counts. The first call has number 1. */
  arm(plan: GatePlan | null): void {
    this.#plan = plan;
    this.#counting = true;
    this.#counts.clear();
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  close(): Promise<unknown> {
    return this.#close();
  }

  intercept(method: string, endpoint: number): Fault | undefined {
    if (!this.#counting) return undefined;
    if (endpoint === 0) {
      const k = (this.#counts.get(method) ?? 0) + 1;
      this.#counts.set(method, k);
      const killed = this.#reach(method, k);
      if (killed !== undefined) return killed;
    }
    return this.#faultOf(method, endpoint);
  }

  #reach(method: string, k: number): Fault | undefined {
    const plan = this.#plan;
    if (plan === null) return undefined;
    const [before, after] = (["before", "after"] as const).map((when) => `rpc.${method}:${when}#${k}`);
    if (plan.point !== before && plan.point !== after) return undefined;
    this.#plan = null;
    plan.reached();
    if ("kill" in plan.act) {
      plan.act.kill();
      return plan.point === before ? { drop: true } : { answerLost: true };
    }
    this.#mood = { fault: plan.act.fault, method, until: performance.now() + plan.act.lastsMs };
    return undefined;
  }

  #moodNow(): Mood {
    if (this.#mood !== null && performance.now() > this.#mood.until) this.#mood = null;
    return this.#mood;
  }

  #faultOf(method: string, endpoint: number): Fault | undefined {
    const mood = this.#moodNow();
    if (mood === null || endpoint > 0) return undefined;
    if (mood.fault === "lost" && mood.method === method) return { answerLost: true };
    if (mood.fault === "dropped" && mood.method === method) return { drop: true };
    if (mood.fault === "storm") return { httpStatus: 429 };
    if (mood.fault === "lie") return { httpStatus: 503 };
    return undefined;
  }

  /** Replaces the signature statuses in an answer if the endpoint lags or lies. */
  rewrite(request: string, payload: string, endpoint: number): string {
    const mood = this.#moodNow();
    const lags = mood?.fault === "lag" && endpoint === 0;
    const lies = mood?.fault === "lie" && endpoint === 1;
    if ((!lags && !lies) || !request.includes('"getSignatureStatuses"')) return payload;
    const answer = JSON.parse(payload) as { result?: Statuses };
    if (answer.result === undefined) return payload;
    return JSON.stringify({ ...answer, result: lags ? behind(answer.result) : without(answer.result) });
  }
}

/** Resolves after this many new blocks. */
export const blocks = (cluster: Cluster, count: number): Promise<void> =>
  new Promise((resolve) => {
    let left = count;
    const stop = cluster.onBlock(() => {
      left -= 1;
      if (left > 0) return;
      stop();
      resolve();
    });
  });
