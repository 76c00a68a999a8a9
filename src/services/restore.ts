/** Declares that the journal was restored from a backup: see docs/runbook.md and `engine/restore/`. */
import type { SolanaChain } from "../chain/index.ts";
import type { Reached, Restore } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf, audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { openSecretBox } from "../runtime/secrets.ts";
import { requireOpenableKeys } from "./keys.ts";
import { requireOwnCluster } from "./own-cluster.ts";

type RestoreChain = Pick<SolanaChain, "readTips">;
type Audited = Pick<CTOContext, "config" | "journal">;

/**
 * The margin by which we move the bound back, in slots: about an hour. The mark may be newer than the operations in
 * the same backup, because a backup that is not of one moment reads one collection after another.
 */
const MARGIN_SLOTS = 9_000n;

/**
 * The bound is never before the first mark, because no worker of this release had run before it. A mark ahead of the
 * cluster says nothing about the backup's age, so we search the whole history.
 *
 * @param now the cluster's slot
 */
const boundOf = ({ slot, first }: Reached, now: bigint): bigint => {
  if (slot > now) return 0n;
  return slot - first > MARGIN_SLOTS ? slot - MARGIN_SLOTS : first;
};

/** Returns the greatest last valid block height and the smallest slot: some endpoint may lag. */
async function readBounds(chain: RestoreChain): Promise<{ height: bigint; slot: bigint }> {
  const [first, ...others] = await chain.readTips();
  if (first === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint gave its tip" });
  let { lastValidBlockHeight: height, slot } = first;
  for (const tip of others) {
    if (tip.lastValidBlockHeight > height) height = tip.lastValidBlockHeight;
    if (tip.slot < slot) slot = tip.slot;
  }
  return { height, slot };
}

/** The most operations that we count. */
const COUNTED = 1_000;

export type Declared = Restore & {
  /**
   * The number of open operations, at most 1,000. Before each of their signatures, we search the wallet's history.
   */
  readonly open: number;
};

/** Refuses a journal that cannot be this installation's: an empty one, of another cluster, or under another secret. */
async function requireRightBackup(context: Audited): Promise<void> {
  const { journal, config } = context;
  const [wallet] = await journal.listSealedKeys("", 1);
  const [operation] = await journal.listOperations({ limit: 1 });
  if (wallet === undefined && operation === undefined) throw new CTOError("CTO_E_RESTORE_EMPTY", {});
  await requireOwnCluster(context);
  await requireOpenableKeys(context, await openSecretBox(config));
}

/**
 * Declares a restore. From then on, a step of an operation in the journal is signed only after proof that it was not
 * signed after the backup. Stop all workers first: a transaction that a worker signs in the meantime must expire with
 * its blockhash.
 *
 * @throws `CTO_E_RESTORE_EMPTY`, `CTO_E_JOURNAL_OTHER_CLUSTER`, `CTO_E_KEYS_UNOPENABLE`; `CTO_E_RPC_UNAVAILABLE`, because the declaration contains the cluster's current block height
 * @example
 * await declareRestore(context, ports, "the disk died");
 */
export async function declareRestore(
  context: Audited,
  { chain }: { readonly chain: RestoreChain },
  reason: string,
): Promise<Declared> {
  const { journal, config } = context;
  await requireRightBackup(context);
  const reached = await journal.readReached();
  const { height: lastValidBlockHeight, slot } = await readBounds(chain);
  // Without a mark, the backup's age is unknown, so we search the whole history. If a restore was declared before and
  // no worker has run since, nothing has been signed, and we keep that restore's bound.
  const since = reached === null ? ((await journal.readRestore())?.since ?? 0n) : boundOf(reached, slot);
  await audit(context, "restore.declared", "journal", { reason, since: String(since) });
  const restore = await journal.declareRestore({ by: actorOf(config), reason, since, lastValidBlockHeight });
  const open = await journal.listOperations({
    statuses: ["waiting", "active", "needs_review"],
    limit: COUNTED,
  });
  return { ...restore, open: open.length };
}
