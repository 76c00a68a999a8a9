/**
 * What a worker does with a wake-up: it takes the lease on the user's wallets, renews it, carries out the user's next
 * operation, and says when the user's turn comes again. The queue's worker and the simulator's both do this.
 */
import { linkSignal } from "../base/linked-signal.ts";
import { CTOError, isOutage, toFailure } from "../errors/index.ts";
import { type Beats, backoffMs, TRIES } from "./beats.ts";
import { type NextOptions, readNext } from "./due.ts";
import { Interrupted, LeaseLost } from "./operation/journaling.ts";
import { note } from "./operation/note.ts";
import { abandonOperation, type RunOptions, runOperation } from "./operation/run.ts";
import { inWaves } from "./operation/waves.ts";
import type { Lease, Operation, Ports, Wallet } from "./ports.ts";
import { recoverOperation } from "./recovery/recover.ts";
import type { EngineSettings } from "./settings.ts";

export type CarryOptions = NextOptions & {
  /** Who holds the lease. Another one for every wake-up, or two of them would take it for their own. */
  readonly owner: string;
  readonly beats: Beats;
  /** The user's wallets, as the directory has them now. */
  listWallets(userId: string): Promise<readonly Wallet[]>;
  readonly settings: EngineSettings;
  /** Aborted when the process is to end. */
  readonly shutdown: AbortSignal;
  /** Runs the work on one operation; a trace puts a span around it. */
  around?<T>(operation: Operation, work: () => Promise<T>): Promise<T>;
  /** Called with the user's wallets before the lease is released. */
  letGo?(wallets: readonly Wallet[]): void;
};

/** What was done. `failed`: an outage; the journal says when it is tried again. */
export type Worked =
  | { readonly kind: "ended" | "recovered"; readonly operation: Operation }
  | { readonly kind: "failed"; readonly operationId: string; readonly error: unknown };

export type Turn = {
  /** Null: nothing was to be done, or another has the lease, or took it over, or the process ends. */
  readonly worked: Worked | null;
  /** When the user's turn comes again, ms from now; null when nothing of the user's is left to do. */
  readonly againMs: number | null;
};

/**
 * One turn of a user: carries out one operation, or finds that there is none. Another user's turn may come before the next.
 * Never throws: whatever goes wrong is an answer.
 */
export async function takeTurn(ports: Ports, userId: string, options: CarryOptions): Promise<Turn> {
  const { beats, owner } = options;
  try {
    const lease = await ports.journal.acquireLease(userId, owner, beats.leaseMs);
    if (lease === null) return { worked: null, againMs: beats.busyMs };
    const held = holdLease(ports, lease, options);
    try {
      return await underLease(ports, lease, held.signal, options);
    } catch (error) {
      if (isStopped(error, held.signal)) return { worked: null, againMs: 0 };
      throw error;
    } finally {
      await held.release();
    }
  } catch (error) {
    // The journal is away, or what went wrong could not be written down.
    return { worked: { kind: "failed", operationId: "", error }, againMs: backoffMs(1) };
  }
}

async function underLease(
  ports: Ports,
  lease: Lease,
  signal: AbortSignal,
  options: CarryOptions,
): Promise<Turn> {
  const { userId } = lease;
  const next = await readNext(ports, userId, options);
  if (next === null || next.inMs > 0) return { worked: null, againMs: next?.inMs ?? null };
  const wallets = await options.listWallets(userId);
  const run: RunOptions = { lease, wallets, signal, settings: options.settings };
  try {
    const work = () => carryOut(ports, next.operation, run);
    const worked = await (options.around?.(next.operation, work) ?? work());
    return { worked, againMs: (await readNext(ports, userId, options))?.inMs ?? null };
  } finally {
    options.letGo?.(wallets);
  }
}

const isStopped = (error: unknown, signal: AbortSignal): boolean =>
  error instanceof LeaseLost || error instanceof Interrupted || signal.aborted;

/** Runs or recovers the operation; after an outage the journal says when it is tried again. */
async function carryOut(given: Ports, operation: Operation, run: RunOptions): Promise<Worked> {
  const { id, recovery } = operation;
  const ports = inWaves(given, id, run.lease);
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

/** Runs the operation; ends it when an outage has used up its tries and nothing of it can land. */
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

/** Every leg in flight may wait with an ear on the signal, and an operation has at most 256 of them. */
const MOST_LISTENERS = 512;

/** Renews the lease until it is released. The signal aborts when the lease is lost or the process is to end. */
function holdLease(
  { journal, clock }: Ports,
  lease: Lease,
  { beats, shutdown }: Pick<CarryOptions, "beats" | "shutdown">,
) {
  // Aborted with a LeaseLost, or with the process's end. A lease is short and a process is long: it lets go of it at its end.
  const lost = linkSignal([shutdown], MOST_LISTENERS);
  const released = new AbortController();
  const renew = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(beats.renewMs, released.signal);
      if (released.signal.aborted || lost.signal.aborted) return;
      // Not awaited: an answer that never comes must not keep the next renewal back.
      journal.renewLease(lease, beats.leaseMs).then(
        (kept) => kept || lost.abort(new LeaseLost(lease.userId)),
        () => undefined, // The journal is away; while it is, nothing can be signed either.
      );
    }
  };
  void renew();
  return {
    signal: lost.signal,
    async release(): Promise<void> {
      released.abort();
      lost.release();
      await journal.releaseLease(lease).catch(() => undefined); // It expires by itself.
    },
  };
}
