/** What the sweep and its worker processes say to each other over the process's IPC channel. */
import type { CTOJob } from "../src/contract/types.ts";

/**
 * What a worker process does by itself when it comes to the armed point:
 * - `kill`: ends at once, as by `kill -9`.
 * - `hold`: says so and waits for `go`.
 * - `clock`: its clock jumps by `clockMs`.
 */
export type Plan = {
  readonly point: string;
  readonly action: "kill" | "hold" | "clock";
  readonly clockMs: number;
};

export type Order =
  | {
      readonly type: "open";
      readonly env: Readonly<Record<string, string>>;
      readonly timing: Timing;
      /** Whether buys are made too large for one transaction with their funding. */
      readonly heavy: boolean;
    }
  | { readonly type: "arm"; readonly plan: Plan | null }
  | { readonly type: "enqueue"; readonly job: CTOJob; readonly idempotencyKey: string }
  | { readonly type: "recover"; readonly jobId: string }
  | { readonly type: "go" }
  | { readonly type: "close" };

export type Timing = {
  readonly takeoverMs: number;
  readonly sweepMs: number;
  readonly rebroadcastMs: number;
};

/** How often each call was made since `arm`, and whether it answers at once. */
export type Calls = Readonly<Record<string, { readonly count: number; readonly sync: boolean }>>;

export type News =
  | { readonly type: "ready" }
  | { readonly type: "opened" }
  | { readonly type: "failed"; readonly order: Order["type"]; readonly reason: string }
  | { readonly type: "accepted" }
  | { readonly type: "reached" }
  | { readonly type: "closed"; readonly calls: Calls };
