/**
 * Sets and shows spend limits, and halts and resumes all signing: the service behind `cto limits`, `halt` and
 * `resume`.
 */

import { type Config, isOnThisMachine } from "../config.ts";
import { limitChangesGiven, reasonGiven, requireGiven } from "../contract/given.ts";
import { isUnset, type Limits, limitsFor } from "../engine/limits/limits.ts";
import type { Halt, LimitSet, Spending, StoredLimits } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf, audit } from "../runtime/audit-log.ts";
import { readLocalnetAddress } from "../runtime/cluster-address.ts";
import type { CTOContext } from "../runtime/context.ts";
import { createLocalnetCheck } from "../runtime/localnet-check.ts";

type Journaled = Pick<CTOContext, "journal">;
type Audited = Pick<CTOContext, "config" | "journal">;

/** One check for each configuration. After an endpoint has proved to be the localnet, we do not check it again. */
const checks = new WeakMap<object, () => Promise<boolean>>();

/**
 * Returns whether limits must be set before anything is signed. They must be set everywhere except on the localnet
 * that a process of this CTO_HOME runs, because money is real everywhere else. An address on this machine proves
 * nothing: it may be a tunnel, or another validator. The cluster's genesis hash proves it.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` if the cluster cannot be identified
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

/** Returns no URL if no localnet runs. Then there is no cluster for which anything could be signed. */
const localnetUrls = async (config: Pick<Config, "CTO_HOME">): Promise<string[]> => {
  const localnet = await readLocalnetAddress(config);
  return localnet === null ? [] : [localnet.rpcUrl];
};

/**
 * Reads the limits for the check at acceptance. If the cluster cannot be identified now, the worker checks again
 * before it signs.
 *
 * @throws `CTO_E_LIMITS_UNSET`
 */
export async function readLimits(
  { config, journal }: Pick<CTOContext, "config" | "journal">,
  userId: string,
): Promise<Limits> {
  const stored = await journal.readLimits(userId);
  const isRequired = isUnset(stored) && (await areLimitsRequired(config).catch(() => false));
  return limitsFor(stored, isRequired);
}

/** `undefined` removes a field, so that the value for everyone applies again. */
export type LimitChanges = { readonly [Field in keyof LimitSet]: LimitSet[Field] | undefined };

const detailsOf = (changes: LimitChanges): Record<string, string> =>
  Object.fromEntries(
    Object.entries(changes).map(([field, value]) => {
      if (value === undefined) return [field, "inherit"];
      return [field, value === null ? "none" : String(value)];
    }),
  );

/** The most lost races. Each lost race means that another change succeeded. */
const TRIES = 100;

/**
 * Changes the limits of a user, or of everyone if `userId` is null. Fields that are not given keep their values,
 * also if another process changes them at the same time.
 *
 * @returns the changed set
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USAGE`
 * @example
 * await setLimits(context, null, { maxOperationLamports: lamports(5_000_000_000n) });
 */
export async function setLimits(
  context: Audited,
  userId: string | null,
  changes: LimitChanges,
): Promise<LimitSet> {
  const { journal } = context;
  requireGiven(limitChangesGiven, changes, "limits");
  if (userId !== null && (await journal.readUser(userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  await audit(context, "limits.set", userId ?? "everyone", detailsOf(changes));
  for (let left = TRIES; left > 0; left -= 1) {
    const { everyone, own } = await journal.readLimits(userId ?? "");
    const before = userId === null ? everyone : own;
    const merged = Object.entries({ ...before, ...changes });
    const set = Object.fromEntries(merged.filter(([, value]) => value !== undefined)) as LimitSet;
    if (await journal.writeLimits(userId, set, before)) return set;
  }
  throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${TRIES} changes of the limits came first` });
}

export type LimitsView = StoredLimits & { readonly spending: Spending | null; readonly halt: Halt | null };

/**
 * Returns the sets of limits, the user's spending and the halt.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 */
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
 * Stops all new signatures in every process within half a second. Transactions in flight are followed to their end;
 * unfinished operations wait. A second halt does not change the first one.
 *
 * @example
 * await halt(context, "a venue misbehaves");
 */
export async function halt(context: Audited, reason: string): Promise<Halt> {
  requireGiven(reasonGiven, reason, "reason");
  // Here the action comes before its audit record: a slow log must not let another signature through.
  const written = await context.journal.writeHalt({ by: actorOf(context.config), reason });
  await audit(context, "halted", "everything", { reason });
  if (written === null) throw new CTOError("CTO_E_INTERNAL", { reason: "the halt was lifted at once" });
  return written;
}

/**
 * Lifts the halt. Waiting operations continue automatically.
 *
 * @returns the halt that was lifted; null if there was none, and then the audit log gets no record
 */
export async function resume(context: Audited): Promise<Halt | null> {
  const halted = await context.journal.readHalt();
  if (halted === null) return null;
  await audit(context, "resumed", "everything");
  await context.journal.writeHalt(null);
  return halted;
}
