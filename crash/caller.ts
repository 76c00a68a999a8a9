/** Acts as the caller of a run: requests an operation or a recovery, and waits until it is over. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CTOJob } from "../src/contract/types.ts";
import type { Mode, Operation } from "../src/engine/ports.ts";
import { enqueue } from "../src/services/operations.ts";
import { recover } from "../src/services/recovery.ts";
import type { Subject } from "./cases.ts";
import type { WorkerProcess } from "./processes.ts";
import { BUY_SOL, type Scene } from "./world.ts";

const POLL_MS = 40;

const IDEMPOTENCY_KEY = "the only one";

export type Caller = {
  /**
   * Prepares the run. A recovery first needs an operation that is settled. Resolves to false if that operation did not
   * complete: on an overloaded machine its quote may expire, which is no violation.
   */
  prepare(worker: WorkerProcess, until: number): Promise<boolean>;
  /** Sends the request through the worker's process. That process may die during the request. */
  ask(worker: WorkerProcess): Promise<unknown>;
  /** Retries the request until it gets an answer, as a client would. */
  askAgain(over: AbortSignal): Promise<void>;
  isOver(operation: Operation): boolean;
};

const jobFor = ({ userId, ground }: Scene, mode: Mode): CTOJob => ({
  userId,
  userChatId: 1,
  tokenAddress: ground.mint,
  buyAmount: BUY_SOL,
  mode,
  platform: "auto",
});

/** Returns the run's only operation when it is over, or its last known state when the time is up. */
export async function followToEnd(
  { context, userId }: Scene,
  until: number,
  isOver: Caller["isOver"],
): Promise<Operation | null> {
  let last: Operation | null = null;
  while (performance.now() < until) {
    try {
      [last = null] = await context.journal.listOperations({ userId, limit: 1 });
      if (last !== null && isOver(last)) return last;
    } catch {
      // The server may be restarting.
    }
    await sleep(POLL_MS);
  }
  return last;
}

async function untilAnswered(over: AbortSignal, ask: () => Promise<unknown>): Promise<void> {
  while (!over.aborted) {
    try {
      await ask();
      return;
    } catch {
      await sleep(POLL_MS);
    }
  }
}

/** Sends the request, and retries it if it fails, as a client would. The idempotency key makes this safe. */
export const askFirmly = (
  { ask, askAgain }: Pick<Caller, "ask" | "askAgain">,
  worker: WorkerProcess,
  until: number,
): Promise<unknown> =>
  ask(worker).catch(() => askAgain(AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now())))));

function buyer(scene: Scene, mode: Mode): Caller {
  const job = jobFor(scene, mode);
  return {
    prepare: async () => true,
    ask: (worker) => worker.order({ type: "enqueue", job, idempotencyKey: IDEMPOTENCY_KEY }, "accepted"),
    askAgain: (over) =>
      untilAnswered(over, () => enqueue(scene.context, job, 0, { idempotencyKey: IDEMPOTENCY_KEY })),
    isOver: ({ status, settled }) => settled || status === "needs_review",
  };
}

function recoverer(scene: Scene): Caller {
  const first = buyer(scene, "standard");
  let jobId = "";
  return {
    async prepare(worker, until) {
      await askFirmly(first, worker, until);
      const operation = await followToEnd(scene, until, first.isOver);
      if (operation === null || !first.isOver(operation))
        throw new Error("the operation to recover did not end");
      jobId = operation.id;
      return operation.status === "completed";
    },
    ask: (worker) => worker.order({ type: "recover", jobId }, "accepted"),
    askAgain: (over) => untilAnswered(over, () => recover(scene.context, jobId, { waitMs: 0 })),
    isOver: ({ settled, recovery }) =>
      recovery?.state === "needs_review" || (recovery?.state === "done" && settled),
  };
}

/** @param subject a call has its own way: see call-play.ts */
export function callerOf(scene: Scene, subject: Subject): Caller {
  if (subject === "call") throw new Error("a call is requested by its members' pages");
  return subject === "recover" ? recoverer(scene) : buyer(scene, subject);
}
