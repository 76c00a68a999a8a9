/**
 * Provides the RPC endpoints of one run, in front of the shared localnet. Every JSON-RPC call of the run passes here. The
 * gate therefore counts the RPC points, and injects the faults: lost calls and answers, HTTP errors, stale or false statuses.
 */

import type { Fault } from "../src/localnet/faults.ts";
import { createHttpServer } from "../src/localnet/http-server.ts";
import type { Cluster, Faults } from "../src/localnet/index.ts";
import { laggingAnswer, lyingAnswer } from "./false-answers.ts";

/**
 * - `lost`: calls are executed, but their answers do not arrive.
 * - `dropped`: calls are not executed.
 * - `storm`: HTTP 429.
 * - `lag`: a load balancer whose node for statuses, histories and transactions is behind its node for heights.
 * - `lie`: the first endpoint is unavailable; the second one is up to date, but denies every transaction.
 */
export type RpcFault = "lost" | "dropped" | "storm" | "lag" | "lie";

/** The action at the armed point. A point is `rpc.<method>:<before|after>#<k>`. */
export type GatePlan = {
  readonly point: string;
  readonly act: { readonly kill: () => void } | { readonly fault: RpcFault; readonly lastsMs: number };
  readonly reached: () => void;
};

type Mood = { fault: RpcFault; method: string; until: number } | null;

export class Gate {
  readonly urls: readonly string[];
  readonly #newestSlot: () => number;
  readonly #close: () => Promise<unknown>;
  readonly #counts = new Map<string, number>();
  #plan: GatePlan | null = null;
  #counting = false;
  #mood: Mood = null;

  private constructor(urls: readonly string[], newestSlot: () => number, close: () => Promise<unknown>) {
    this.urls = urls;
    this.#newestSlot = newestSlot;
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
    gate = new Gate(
      urls,
      () => Number(cluster.head("processed").slot),
      () => Promise.all(servers.map((server) => server.close())),
    );
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

  /** Replaces what an answer says about transactions if the endpoint lags or lies. */
  rewrite(request: string, payload: string, endpoint: number): string {
    const mood = this.#moodNow();
    const lags = mood?.fault === "lag" && endpoint === 0;
    const lies = mood?.fault === "lie" && endpoint === 1;
    if (!lags && !lies) return payload;
    const [asked, answer] = [JSON.parse(request), JSON.parse(payload)];
    const changed = lags ? laggingAnswer(asked, answer, this.#newestSlot()) : lyingAnswer(asked, answer);
    // Another answer stays as it is, byte for byte: it may have integers that JavaScript cannot read.
    return changed === answer ? payload : JSON.stringify(changed);
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
