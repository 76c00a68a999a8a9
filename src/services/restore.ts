/** Declares that the journal was restored from a backup: see docs/runbook.md and `engine/restore/`. */
import type { Chain, Reached, Restore } from "../engine/ports.ts";
import { actorOf, audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

type Audited = Pick<CTOContext, "config" | "journal">;

/**
 * The mark may be newer than the operations beside it: a backup that is not of one moment reads one collection after the other.
 * About an hour of slots.
 */
const MARGIN_SLOTS = 9_000n;

/** Not before the first mark: then no worker of this release had run. */
const boundOf = ({ slot, first }: Reached): bigint =>
  slot - first > MARGIN_SLOTS ? slot - MARGIN_SLOTS : first;

/** How many operations are counted at most. */
const COUNTED = 1_000;

export type Declared = Restore & {
  /** Operations that are open: before each of their signatures, the wallet's history is searched. At most 1,000 are counted. */
  readonly open: number;
};

/**
 * From now on, no step of an operation that the journal has is signed before it is proved that it was not signed after the
 * backup. Workers must be stopped before: what one of them signs meanwhile must be over with its blockhash.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`: the cluster's present height is part of the declaration
 * @example
 * await declareRestore(context, ports, "the disk died");
 */
export async function declareRestore(
  context: Audited,
  { chain }: { readonly chain: Pick<Chain, "latestBlockhash"> },
  reason: string,
): Promise<Declared> {
  const { journal, config } = context;
  const reached = await journal.readReached();
  const { lastValidBlockHeight } = await chain.latestBlockhash();
  // Without a mark nothing says how old the backup is: then the whole history counts.
  // Declared again, and no worker has gone on since: nothing has been signed.
  const since = reached === null ? ((await journal.readRestore())?.since ?? 0n) : boundOf(reached);
  await audit(context, "restore.declared", "journal", { reason, since: String(since) });
  const restore = await journal.declareRestore({ by: actorOf(config), reason, since, lastValidBlockHeight });
  const open = await journal.listOperations({
    statuses: ["waiting", "active", "needs_review"],
    limit: COUNTED,
  });
  return { ...restore, open: open.length };
}
