/**
 * Several installations side by side, each with its own journal, queue and workers: a shard. A user belongs to one shard,
 * so all rules for one user (the lease, the limits, the order of operations) hold within it.
 *
 * A shard's workers, requeuer and settler know nothing of the others.
 */
import { createHash } from "node:crypto";
import type { Config } from "../config.ts";
import type { Operation } from "../engine/ports.ts";
import { type CTOContext, closeInTurn, openContext } from "../runtime/context.ts";

const weightOf = (shard: string, userId: string): bigint =>
  createHash("sha256")
    .update(JSON.stringify([shard, userId]))
    .digest()
    .readBigUInt64BE();

/**
 * Returns the user's shard: the one of the greatest hash (rendezvous hashing). A shard that is added takes users only from
 * the others to itself; between the others, nobody moves.
 *
 * @param shards their names; a name never changes. At least one
 */
export function shardOf(userId: string, shards: readonly string[]): string {
  const [first, ...others] = shards;
  if (first === undefined) throw new RangeError("there is no shard");
  return others.reduce(
    (best, shard) => (weightOf(shard, userId) > weightOf(best, userId) ? shard : best),
    first,
  );
}

export type Shards = {
  readonly names: readonly string[];
  /** The context of the user's shard: pass it to every function about this user. */
  of(userId: string): CTOContext;
  named(name: string): CTOContext;
  /** Asks every shard, because an operation's id does not contain its user. */
  readOperation(id: string): Promise<Operation | null>;
  close(): Promise<void>;
};

/** Opens a context for each shard. Each configuration needs a journal and a queue of its own. */
export async function openShards(configs: ReadonlyMap<string, Config>): Promise<Shards> {
  const opened = new Map<string, CTOContext>();
  const close = (): Promise<void> =>
    closeInTurn([...opened.values()].map((context) => () => context.close()));
  try {
    for (const [name, config] of configs) opened.set(name, await openContext(config));
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  const names = [...opened.keys()];
  const named = (name: string): CTOContext => {
    const context = opened.get(name);
    if (context === undefined) throw new RangeError(`there is no shard ${name}`);
    return context;
  };
  return {
    names,
    named,
    of: (userId) => named(shardOf(userId, names)),
    async readOperation(id) {
      const found = await Promise.all([...opened.values()].map(({ journal }) => journal.readOperation(id)));
      return found.find((operation) => operation !== null) ?? null;
    },
    close,
  };
}
