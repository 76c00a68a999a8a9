/**
 * What a worker does with a wake-up, from lease to release: it takes the lease on the user's wallets, renews it, runs or
 * recovers the operation, and says what is to become of the wake-up. The queue's worker and the simulator's both do this.
 */
import { CTOError } from "../errors/index.ts";
import type { Beats } from "./beats.ts";
import { isOutage } from "./drive-step.ts";
import { Interrupted, LeaseLost } from "./journaling.ts";
import type { Lease, Operation, Ports, Wallet } from "./ports.ts";
import { recoverOperation } from "./recover.ts";
import { abandonOperation, type RunOptions, runOperation } from "./run.ts";
import type { EngineSettings } from "./settings.ts";

/** How often an operation is tried before an outage ends it, as far as nothing of it can land. */
export const TRIES = 3;

export type CarryOptions = {
  /** Who holds the lease. Another one for every wake-up, or two of them would take it for their own. */
  readonly owner: string;
  readonly beats: Beats;
  /** The user's wallets, as the directory has them now. */
  listWallets(userId: string): Promise<readonly Wallet[]>;
  /** How often it was tried before. */
  readonly attemptsMade: number;
  readonly settings: EngineSettings;
  /** Aborted when the process is to end. */
  readonly shutdown: AbortSignal;
  /** Called with the user's wallets before the lease is released. */
  letGo?(wallets: readonly Wallet[]): void;
};

/**
 * - `unknown`: the journal has no such operation.
 * - `later`: somebody else has the lease, took it over, or the process ends. Uses up no attempt.
 * - `ended`, `recovered`: nothing is left to do.
 * - `failed`: an outage; it is worth trying again.
 */
export type Outcome =
  | { readonly kind: "unknown" }
  | { readonly kind: "later"; readonly ms: number }
  | { readonly kind: "ended" | "recovered"; readonly operation: Operation }
  | { readonly kind: "failed"; readonly error: unknown };

/** Never throws: whatever goes wrong is an outcome. */
export async function carryOut(ports: Ports, id: string, options: CarryOptions): Promise<Outcome> {
  const { journal } = ports;
  const { beats, owner } = options;
  try {
    const operation = await journal.readOperation(id);
    if (operation === null) return { kind: "unknown" };
    const lease = await journal.acquireLease(operation.request.userId, owner, beats.leaseMs);
    if (lease === null) return { kind: "later", ms: beats.busyMs };
    const held = holdLease(ports, lease, options);
    try {
      return await underLease(ports, operation, lease, held.signal, options);
    } catch (error) {
      if (isStopped(error, held.signal)) return { kind: "later", ms: 1 };
      throw error;
    } finally {
      await held.release();
    }
  } catch (error) {
    return { kind: "failed", error };
  }
}

async function underLease(
  ports: Ports,
  operation: Operation,
  lease: Lease,
  signal: AbortSignal,
  { settings, attemptsMade, listWallets, letGo }: CarryOptions,
): Promise<Outcome> {
  const { id, request, recovery } = operation;
  const wallets = await listWallets(request.userId);
  const run: RunOptions = { lease, wallets, signal, settings };
  try {
    if (recovery !== undefined && recovery.state !== "done") {
      await recoverOperation(ports, id, run);
      return { kind: "recovered", operation };
    }
    return { kind: "ended", operation: await runOrAbandon(ports, id, run, attemptsMade + 1 >= TRIES) };
  } finally {
    letGo?.(wallets);
  }
}

const isStopped = (error: unknown, signal: AbortSignal): boolean =>
  error instanceof LeaseLost || error instanceof Interrupted || signal.aborted;

/** Runs the operation; ends it when an outage has used up its attempts and nothing of it can land. */
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

/** Renews the lease until it is released. The signal aborts when the lease is lost or the process is to end. */
function holdLease(
  { journal, clock }: Ports,
  lease: Lease,
  { beats, shutdown }: Pick<CarryOptions, "beats" | "shutdown">,
) {
  const lost = new AbortController();
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
    signal: AbortSignal.any([lost.signal, shutdown]),
    async release(): Promise<void> {
      released.abort();
      await journal.releaseLease(lease).catch(() => undefined); // It expires by itself.
    },
  };
}
