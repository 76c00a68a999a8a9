/** Defines the messages between the sweep and its worker processes. They use the process's IPC channel. */

import type { CTOJob } from "../src/contract/types.ts";
import type { CallAct } from "./call-acts.ts";

/**
 * The action of a worker process at the armed point:
 * - `kill`: the process kills itself with SIGKILL.
 * - `hold`: it sends `reached` and waits for `go`.
 * - `clock`: its clock jumps by `clockMs`; then it does the same as for `hold`.
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
      /** If true, a buy and its funding are too large for one transaction. */
      readonly heavy: boolean;
    }
  | { readonly type: "arm"; readonly plan: Plan | null }
  | { readonly type: "enqueue"; readonly job: CTOJob; readonly idempotencyKey: string }
  | { readonly type: "recover"; readonly jobId: string }
  | { readonly type: "call"; readonly act: CallAct }
  | { readonly type: "go" }
  | { readonly type: "close" };

export type Timing = {
  readonly takeoverMs: number;
  readonly requeueMs: number;
  readonly rebroadcastMs: number;
};

/** The number of calls of each method since `arm`. `sync` is true if the method is synchronous. */
export type Calls = Readonly<Record<string, { readonly count: number; readonly sync: boolean }>>;

export type News =
  | { readonly type: "ready" }
  | { readonly type: "opened" }
  | { readonly type: "failed"; readonly order: Order["type"]; readonly reason: string }
  | { readonly type: "accepted" }
  | { readonly type: "acted"; readonly result: string }
  | { readonly type: "reached" }
  | { readonly type: "closed"; readonly calls: Calls };
