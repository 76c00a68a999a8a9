/** Sets and shows what may be spent, and stops or lets go all signing: the service behind `cto limits`, `halt` and `resume`. */
import { type Config, isOnThisMachine } from "../config.ts";
import { isUnset, type Limits, limitsFor } from "../engine/limits/limits.ts";
import type { Halt, LimitSet, Spending, StoredLimits } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf, audit } from "../runtime/audit-log.ts";
import { readLocalnetAddress } from "../runtime/cluster-address.ts";
import type { CTOContext } from "../runtime/context.ts";
import { createLocalnetCheck } from "../runtime/localnet-check.ts";

type Journaled = Pick<CTOContext, "journal">;
type Audited = Pick<CTOContext, "config" | "journal">;

/** One check for each configuration: once an endpoint has proved to be the localnet, it is not asked again. */
const checks = new WeakMap<object, () => Promise<boolean>>();

/**
 * Whether limits must have been set before anything is signed: money is real everywhere but on the localnet that a process
 * of this CTO_HOME runs. An address on this machine proves nothing (it may be a tunnel, or a validator of its own); the
 * cluster's genesis hash does.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` when nobody can tell
 */
export async function areLimitsRequired(
  config: Pick<Config, "CTO_HOME" | "SOLANA_RPC_URL">,
): Promise<boolean> {
  const urls = config.SOLANA_RPC_URL ?? (await localnetUrls(config));
  if (urls.length === 0 || !urls.every(isOnThisMachine)) return urls.length > 0;
  const check = checks.get(config) ?? createLocalnetCheck(config, urls);
  checks.set(config, check);
  return !(await check());
}

/** None where no localnet runs: there is no cluster then that anything could be signed for. */
const localnetUrls = async (config: Pick<Config, "CTO_HOME">): Promise<string[]> => {
  const localnet = await readLocalnetAddress(config);
  return localnet === null ? [] : [localnet.rpcUrl];
};

/**
 * The limits as they are at the door. Where the cluster does not say which it is, the worker asks again before it signs.
 * @throws `CTO_E_LIMITS_UNSET`
 */
export async function readLimits(
  { config, journal }: Pick<CTOContext, "config" | "journal">,
  userId: string,
): Promise<Limits> {
  const stored = await journal.readLimits(userId);
  const isAsked = isUnset(stored) && (await areLimitsRequired(config).catch(() => false));
  return limitsFor(stored, isAsked);
}

/** `undefined` takes a field out: the set for everyone decides again. */
export type LimitChanges = { readonly [Field in keyof LimitSet]: LimitSet[Field] | undefined };

const detailsOf = (changes: LimitChanges): Record<string, string> =>
  Object.fromEntries(
    Object.entries(changes).map(([field, value]) => {
      if (value === undefined) return [field, "inherit"];
      return [field, value === null ? "none" : String(value)];
    }),
  );

/**
 * Changes a user's limits, or with null those for everyone. Fields that are not named stay.
 *
 * @returns the set as it then is
 * @throws `CTO_E_USER_UNKNOWN`
 * @example
 * await setLimits(context, null, { maxOperationLamports: lamports(5_000_000_000n) });
 */
export async function setLimits(
  context: Audited,
  userId: string | null,
  changes: LimitChanges,
): Promise<LimitSet> {
  const { journal } = context;
  if (userId !== null && (await journal.readUser(userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  const { everyone, own } = await journal.readLimits(userId ?? "");
  await audit(context, "limits.set", userId ?? "everyone", detailsOf(changes));
  const merged = { ...(userId === null ? everyone : own), ...changes };
  const set = Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== undefined),
  ) as LimitSet;
  await journal.writeLimits(userId, set);
  return set;
}

export type LimitsView = StoredLimits & { readonly spending: Spending | null; readonly halt: Halt | null };

/** The sets as they are, and what the user has spent under them. @throws `CTO_E_USER_UNKNOWN` */
export async function viewLimits({ journal }: Journaled, userId: string | null): Promise<LimitsView> {
  if (userId !== null && (await journal.readUser(userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  const { everyone, own } = await journal.readLimits(userId ?? "");
  return {
    everyone,
    own: userId === null ? null : own,
    spending: userId === null ? null : await journal.readSpending(userId),
    halt: await journal.readHalt(),
  };
}

/**
 * Stops all new signatures, in every process, within half a second. What is in flight is followed to its end; operations
 * that are not done wait. A second halt leaves the first as it is.
 *
 * @example
 * await halt(context, "a venue misbehaves");
 */
export async function halt(context: Audited, reason: string): Promise<Halt> {
  // The switch first, for once: a log that is slow must not let another signature through.
  const written = await context.journal.writeHalt({ by: actorOf(context.config), reason });
  await audit(context, "halted", "everything", { reason });
  if (written === null) throw new CTOError("CTO_E_INTERNAL", { reason: "the halt was lifted at once" });
  return written;
}

/**
 * Lifts the halt: what waits goes on by itself.
 * @returns the halt that was lifted; null where nothing was halted, which is no event for the audit log
 */
export async function resume(context: Audited): Promise<Halt | null> {
  const halted = await context.journal.readHalt();
  if (halted === null) return null;
  await audit(context, "resumed", "everything");
  await context.journal.writeHalt(null);
  return halted;
}
