/** Gives a user wallets: new ones, or imported ones. Keys are sealed here, before anything is written. */
import { randomUUID } from "node:crypto";
import type { Wallet, WalletRole } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { parsePrivateKey } from "../wallets/import.ts";
import { generateKeypair, type Keypair } from "../wallets/keypair.ts";
import { createSecretBox, type SecretBox } from "../wallets/secret-box.ts";
import { audit } from "./audit.ts";
import { encryptionSecret } from "./cluster-address.ts";
import type { CTOContext } from "./context.ts";

export type WalletOptions = { readonly role: WalletRole; readonly label?: string };

type WalletContext = Pick<CTOContext, "config" | "journal">;

/** Before anything is written, the audit log's record included. */
const requireUser = async ({ journal }: WalletContext, userId: string): Promise<void> => {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
};

/** Seals the key and writes the wallet; the key in clear is wiped whatever happens. */
async function addWallet(
  context: WalletContext,
  box: SecretBox,
  userId: string,
  { seed, address }: Keypair,
  { role, label }: WalletOptions,
  action: "wallet.generated" | "wallet.imported",
): Promise<Wallet> {
  const id = `w_${randomUUID()}`;
  const { journal } = context;
  try {
    await audit(context, action, id, { userId, role, address });
    const sealedKey = await box.seal(seed, { walletId: id, userId, address });
    return await journal.addWallet({ id, userId, role, address, sealedKey, ...(label ? { label } : {}) });
  } finally {
    seed.fill(0);
  }
}

/**
 * Makes `count` new wallets, in order.
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_FUNDING_EXISTS`
 * @example
 * await generateWallets(context, "user123", 10, { role: "buyer" });
 */
export async function generateWallets(
  context: WalletContext,
  userId: string,
  count: number,
  options: WalletOptions,
): Promise<Wallet[]> {
  await requireUser(context, userId);
  const box = createSecretBox(await encryptionSecret(context.config));
  const wallets: Wallet[] = [];
  for (let made = 0; made < count; made += 1) {
    wallets.push(await addWallet(context, box, userId, generateKeypair(), options, "wallet.generated"));
  }
  return wallets;
}

/**
 * Adds the wallet of a private key, in any of the forms that wallets export.
 * @throws `CTO_E_WALLET_KEY_INVALID` (which never shows the key), `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`,
 * `CTO_E_WALLET_FUNDING_EXISTS`
 */
export async function importWallet(
  context: WalletContext,
  userId: string,
  privateKey: string,
  options: WalletOptions,
): Promise<Wallet> {
  const keypair = parsePrivateKey(privateKey);
  await requireUser(context, userId);
  const box = createSecretBox(await encryptionSecret(context.config));
  return addWallet(context, box, userId, keypair, options, "wallet.imported");
}
