/** Which version of a transaction is signed, and how many bytes of accounts one of version 1 may load. */
import { MAX_LOADED_BYTES } from "../../base/transaction-limits.ts";
import type { ClusterFacts, Keyring, MessageFormat, Simulation } from "../ports.ts";

/** What a transaction is simulated with: it may load as much as any. */
export const WIDEST: MessageFormat = { version: 1, loadedAccountsDataLimit: MAX_LOADED_BYTES };

export const VERSION_ZERO: MessageFormat = { version: 0 };

/** Accounts grow, and another leg may find one that the simulated leg did not: in percent of its bytes, and at least. */
const LOADED_MARGIN_PERCENT = 125;
const LOADED_HEADROOM = 64 * 1024;

/** Version 1 where the cluster takes it and every signer can, version 0 elsewhere. */
export async function formatFor(
  { newestVersion }: Pick<Keyring, "newestVersion">,
  { versionOne }: Pick<ClusterFacts, "versionOne">,
  walletIds: readonly string[],
): Promise<MessageFormat> {
  return versionOne && (await newestVersion(walletIds)) === 1 ? WIDEST : VERSION_ZERO;
}

/** The same version with the simulated bytes as its limit, and a margin; where the node does not tell them, it stays as it is. */
export function limitedTo(
  format: MessageFormat,
  { loadedAccountsDataSize: size }: Pick<Simulation, "loadedAccountsDataSize">,
): MessageFormat {
  if (format.version === 0 || size === null) return format;
  const wanted = Math.max(Math.ceil((size * LOADED_MARGIN_PERCENT) / 100), size + LOADED_HEADROOM);
  return { version: 1, loadedAccountsDataLimit: Math.min(wanted, MAX_LOADED_BYTES) };
}
