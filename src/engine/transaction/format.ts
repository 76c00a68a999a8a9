/** Chooses the version of a transaction, and for version 1 the bytes of accounts that it may load. */
import { MAX_LOADED_BYTES } from "../../base/transaction-limits.ts";
import type { ClusterFacts, Keyring, MessageFormat, Simulation } from "../ports.ts";

/** The format for simulations: the transaction may load as many bytes as possible. */
export const WIDEST: MessageFormat = { version: 1, loadedAccountsDataLimit: MAX_LOADED_BYTES };

/** Whether this format limits the bytes to fewer than a transaction may load. */
export const mayLoadMore = (format: MessageFormat): boolean =>
  format.version === 1 && format.loadedAccountsDataLimit < MAX_LOADED_BYTES;

export const VERSION_ZERO: MessageFormat = { version: 0 };

/**
 * The margin on the simulated bytes, in percent and at least this many bytes: accounts grow, and another leg may load
 * accounts that the simulated leg did not.
 */
const LOADED_MARGIN_PERCENT = 125;
const LOADED_HEADROOM = 64 * 1024;

/** Returns version 1 if the cluster and every signer support it, otherwise version 0. */
export async function formatFor(
  { newestVersion }: Pick<Keyring, "newestVersion">,
  { versionOne }: Pick<ClusterFacts, "versionOne">,
  walletIds: readonly string[],
): Promise<MessageFormat> {
  return versionOne && (await newestVersion(walletIds)) === 1 ? WIDEST : VERSION_ZERO;
}

/**
 * Returns the same version, limited to the simulated bytes with a margin. If the node does not return the bytes, the
 * format does not change.
 */
export function limitedTo(
  format: MessageFormat,
  { loadedAccountsDataSize: size }: Pick<Simulation, "loadedAccountsDataSize">,
): MessageFormat {
  if (format.version === 0 || size === null) return format;
  const wanted = Math.max(Math.ceil((size * LOADED_MARGIN_PERCENT) / 100), size + LOADED_HEADROOM);
  return { version: 1, loadedAccountsDataLimit: Math.min(wanted, MAX_LOADED_BYTES) };
}
