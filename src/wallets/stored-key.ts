/**
 * Opens the key that a directory stores for a wallet. A key may be unsealed, because someone wrote it there by hand.
 * We seal such a key at once and report it.
 */
import type { Directory, Wallet, WalletWithKey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { custodyOf } from "./custody.ts";
import type { Keypair } from "./keypair.ts";
import { type KeyForm, readKey } from "./read-key.ts";
import type { SecretBox } from "./secret-box.ts";

export type StoredKeys = {
  readonly directory: Pick<Directory, "replaceSealedKey">;
  readonly secretBox: SecretBox;
  /** The secrets that an unsealed text may be encrypted with. */
  readonly secrets?: readonly string[];
  /** Called before the sealed key replaces the unsealed one. */
  readonly onUnsealed?: (wallet: Wallet, form: KeyForm) => Promise<void>;
};

/**
 * Opens a wallet's key and checks that it belongs to the wallet's address. The caller owns the seed, and wipes it.
 *
 * @throws `CTO_E_WALLET_KEY_UNREADABLE`, `CTO_E_WALLET_SECRET_WRONG`, `CTO_E_WALLET_KEY_SWAPPED`,
 * `CTO_E_WALLET_KEY_TAMPERED`, `CTO_E_WALLET_KEY_TRUNCATED`
 */
export async function openStoredKey(
  { directory, secretBox, secrets = [], onUnsealed }: StoredKeys,
  { wallet, sealedKey }: WalletWithKey,
): Promise<Keypair> {
  const { id: walletId, userId, address } = wallet;
  const context = { walletId, userId, address };
  const which = `of wallet "${walletId}"`;
  const found = await readKey(sealedKey, {
    which,
    secrets,
    expect: address,
    sealed: { box: secretBox, context },
  }).catch((error: unknown) => {
    throw toStoredError(error, walletId);
  });
  if (custodyOf(sealedKey).kind === "sealed") return found;
  const { seed, form } = found;
  try {
    const sealed = await secretBox.seal(seed, context);
    await onUnsealed?.(wallet, form);
    // If nothing was replaced, another process has just sealed it.
    await directory.replaceSealedKey(walletId, sealedKey, sealed);
    return found;
  } catch (error) {
    seed.fill(0);
    throw error;
  }
}

const ABOUT_INPUT: ReadonlySet<string> = new Set([
  "CTO_E_WALLET_KEY_INVALID",
  "CTO_E_WALLET_KEY_WRONG_NETWORK",
  "CTO_E_WALLET_ADDRESS_MISMATCH",
]);

/** Errors about imported input contain advice that does not apply to a stored record, so we replace them. */
const toStoredError = (error: unknown, walletId: string): unknown =>
  error instanceof CTOError && ABOUT_INPUT.has(error.code)
    ? new CTOError("CTO_E_WALLET_KEY_UNREADABLE", { walletId })
    : error;
