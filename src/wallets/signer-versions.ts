/**
 * Tells which transaction versions wallets can sign. It opens no key of ours, because those sign every version: a process that
 * only estimates must not have any key in clear.
 */
import { within } from "../base/within.ts";
import type { Directory, Keyring, TransactionVersion } from "../engine/ports.ts";
import { custodyOf } from "./custody.ts";
import { openOutsideSigner, type Signers, type VersionedSigner } from "./signer.ts";

/** How long a signer may take to open before it counts as one that states no version. */
const VERSION_MS = 5_000;

/** An outside signer states what it can sign. */
export const isOfVersionOne = ({
  supportedTransactionVersions: known = [],
}: Pick<VersionedSigner, "supportedTransactionVersions">): boolean => known.includes(1);

/** The newest version that all of these wallets sign. A wallet that does not answer counts as one of version 0. */
export async function newestOf(
  walletIds: readonly string[],
  signsVersionOne: (walletId: string) => Promise<boolean>,
): Promise<TransactionVersion> {
  // Nothing is signed here, and any signer signs version 0. So a signer that hangs while it opens delays no plan for long.
  const late = (): Error => new Error("it has not opened yet");
  const asked = walletIds.map((id) => within(VERSION_MS, signsVersionOne(id), late).catch(() => false));
  const answers = await Promise.all(asked);
  return answers.every(Boolean) ? 1 : 0;
}

/**
 * @param signers loads the outside signers that this process knows, if a wallet has one. A wallet of another signer counts as
 * one of version 0
 * @example
 * const { newestVersion } = createSignerVersions({ directory: journal, signers: () => loadSigners(config) });
 * await newestVersion([buyerId]); // 1
 */
export const createSignerVersions = ({
  directory,
  signers,
}: {
  readonly directory: Pick<Directory, "readSealedKeys">;
  readonly signers: () => Promise<Signers>;
}): Pick<Keyring, "newestVersion"> => ({
  async newestVersion(walletIds) {
    const stored = await directory.readSealedKeys(walletIds);
    return newestOf(walletIds, async (id) => {
      const found = stored.get(id);
      if (found === undefined) return false;
      const custody = custodyOf(found.sealedKey);
      if (custody.kind !== "signer") return true;
      return isOfVersionOne(
        await openOutsideSigner(await signers(), custody.name, custody.reference, found.wallet),
      );
    });
  },
});
