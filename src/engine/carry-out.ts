/**
 * Handles a wake-up: takes the lease on the user's wallets, renews it, runs the user's next operation, and returns
 * when the user's next turn is due. The queue's worker and the simulator's worker both use it.
 */
import { linkSignal } from "../base/linked-signal.ts";
import { once } from "../base/once.ts";
import { CTOError, isOutage, toFailure } from "../errors/index.ts";
import { type Beats, backoffMs, TRIES } from "./beats.ts";
import { type NextOptions, readNext } from "./due.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { Interrupted, LeaseLost } from "./operation/journaling.ts";
import { withMemory } from "./operation/known.ts";
import { note } from "./operation/note.ts";
import { abandonOperation, type RunOptions, runOperation } from "./operation/run.ts";
import { inWaves } from "./operation/waves.ts";
import type { Lease, Operation, Ports, Wallet } from "./ports.ts";
import { recoverOperation } from "./recovery/recover.ts";
import type { EngineSettings } from "./settings.ts";

export type CarryOptions = NextOptions & {
  /**
   * The lease's owner. It must be different for every wake-up, because the same owner gets its lease again: two
   * wake-ups would then share one lease.
   */
  readonly owner: string;
  readonly beats: Beats;
  /** Renews the leases of all turns of this worker. */
  readonly leases: LeaseKeeper;
  /** The user's wallets as they are in the directory now. */
  listWallets(userId: string): Promise<readonly Wallet[]>;
  readonly settings: EngineSettings;
  /** Aborts when the process shuts down. */
  readonly shutdown: AbortSignal;
  /** Wraps the work on one operation, for example in a trace span. */
  around?<T>(operation: Operation, work: () => Promise<T>): Promise<T>;
  /** Called with the user's wallets before the lease is released. */
  letGo?(wallets: readonly Wallet[]): void;
};

/** The result of the work. `failed`: an outage stopped it; the journal says when it is tried again. */
export type Worked =
  | { readonly kind: "ended" | "recovered"; readonly operation: Operation }
  | { readonly kind: "failed"; readonly operationId: string; readonly error: unknown };

export type Turn = {
  /** Null if there was nothing to do, another worker holds or took over the lease, or the process shuts down. */
  readonly worked: Worked | null;
  /** When the user's next turn is due, ms from now; null if nothing is left to do for this user. */
  readonly againMs: number | null;
};

/**
 * Runs one turn of a user: carries out one operation, if there is one. Another user's turn may come before this
 * user's next. Never throws: it returns every error.
 */
export async function takeTurn(ports: Ports, userId: string, options: CarryOptions): Promise<Turn> {
  const { beats, owner } = options;
  try {
    const lease = await ports.journal.acquireLease(userId, owner, beats.leaseMs);
    if (lease === null) return { worked: null, againMs: beats.busyMs };
    const held = holdLease(ports, lease, options);
    try {
      return await runTurn(ports, lease, held, options);
    } catch (error) {
      if (isStopped(error, held.signal)) return { worked: null, againMs: 0 };
      throw error;
    } finally {
      await held.release();
    }
  } catch (error) {
    // The journal is unavailable, or the failure could not be stored in it.
    return { worked: { kind: "failed", operationId: "", error }, againMs: backoffMs(1) };
  }
}

async function runTurn(ports: Ports, lease: Lease, held: HeldLease, options: CarryOptions): Promise<Turn> {
  const { userId } = lease;
  const [next, wallets] = await Promise.all([readNext(ports, userId, options), options.listWallets(userId)]);
  if (next === null || next.inMs > 0) return { worked: null, againMs: next?.inMs ?? null };
  const run: RunOptions = { lease, wallets, signal: held.signal, settings: options.settings };
  const worked = await workThenLetGo(ports, next.operation, run, options);
  // The user's only wake-up is still ours, so no other worker takes the lease meanwhile.
  const [again] = await Promise.all([readNext(ports, userId, options), held.release()]);
  return { worked, againMs: again?.inMs ?? null };
}

async function workThenLetGo(
  ports: Ports,
  operation: Operation,
  run: RunOptions,
  { around, letGo }: CarryOptions,
): Promise<Worked> {
  try {
    const work = () => carryOut(ports, operation, run);
    return await (around?.(operation, work) ?? work());
  } finally {
    letGo?.(run.wallets);
  }
}

const isStopped = (error: unknown, signal: AbortSignal): boolean =>
  error instanceof LeaseLost || error instanceof Interrupted || signal.aborted;

/** Runs or recovers the operation. After an outage, it stores in the journal when the operation is tried again. */
async function carryOut(given: Ports, operation: Operation, run: RunOptions): Promise<Worked> {
  const { id, recovery } = operation;
  const ports = withMemory(inWaves(given, id, run.lease), id);
  const tries = operation.tries + 1;
  try {
    if (recovery !== undefined && recovery.state !== "done") {
      await recoverOperation(ports, id, run);
      return { kind: "recovered", operation };
    }
    return { kind: "ended", operation: await runOrAbandon(ports, id, run, tries >= TRIES) };
  } catch (error) {
    if (isStopped(error, run.signal)) throw error;
    const notBefore = new Date(ports.clock.now().getTime() + backoffMs(tries));
    if (!(await ports.journal.postponeOperation(id, run.lease, { tries, notBefore })))
      throw new LeaseLost(id);
    const { code, message } = toFailure(error);
    const why = `${message}; it is tried again at ${notBefore.toISOString()}`;
    await note({ ports, operation }, { kind: "rests", why, code });
    return { kind: "failed", operationId: id, error };
  }
}

/** Runs the operation. Ends it if an outage has used up its tries and nothing of it can land. */
async function runOrAbandon(ports: Ports, id: string, run: RunOptions, isLast: boolean): Promise<Operation> {
  try {
    return await runOperation(ports, id, run);
  } catch (error) {
    if (isStopped(error, run.signal) || !isLast || !isOutage(error)) throw error;
    if (!(await abandonOperation(ports, id, run, error))) throw error;
    const ended = await ports.journal.readOperation(id);
    if (ended === null) throw new CTOError("CTO_E_INTERNAL", { reason: `operation ${id} has vanished` });
    return ended;
  }
}

/** Every leg in flight may listen to the signal. An operation has at most 256 legs. */
const MOST_LISTENERS = 512;

type HeldLease = {
  readonly signal: AbortSignal;
  /** A second call does nothing. */
  release(): Promise<void>;
};

/** Keeps the lease until it is released. The signal aborts if the lease is lost or the process shuts down. */
function holdLease({ journal }: Ports, lease: Lease, { leases, shutdown }: CarryOptions): HeldLease {
  // Aborts with a `LeaseLost`, or when `shutdown` aborts. A lease is short and a process is long, so `release`
  // removes our listener from `shutdown`.
  const lost = linkSignal([shutdown], MOST_LISTENERS);
  const letGo = leases.keep(lease, () => lost.abort(new LeaseLost(lease.userId)));
  return {
    signal: lost.signal,
    release: once(async () => {
      letGo();
      lost.release();
      await journal.releaseLease(lease).catch(() => undefined); // It expires by itself.
    }),
  };
}
