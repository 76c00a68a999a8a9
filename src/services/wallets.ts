/** Adds wallets to a user: new ones, or imported ones. We seal each key before we write anything. */
import { randomUUID } from "node:crypto";
import { addressGiven, requireGiven, walletCountGiven, walletOptionsGiven } from "../contract/given.ts";
import type { Address, Wallet, WalletRole } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { audit, audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { openSealingBox, secretsOf } from "../runtime/secrets.ts";
import { custodyOf } from "../wallets/custody.ts";
import { generateKeypair, type Keypair } from "../wallets/keypair.ts";
import { readKey, requireClear } from "../wallets/read-key.ts";
import type { SecretBox } from "../wallets/secret-box.ts";
import { refuseAddress } from "./seed-or-address.ts";

export type WalletOptions = { readonly role: WalletRole; readonly label?: string };

export type ImportOptions = WalletOptions & {
  /** The address that the key must belong to. Required for a key of 32 bytes. */
  readonly expect?: Address;
  /** For a key that this system sealed: the id of the wallet for which it was sealed. Requires `expect`. */
  readonly sealedAs?: string;
  /** Refuses encrypted keys. For callers who must not make this installation decrypt their input. */
  readonly onlyInClear?: boolean;
};

type WalletContext = Pick<CTOContext, "config" | "journal">;

/** Checked before anything is written, including the audit record. */
const requireUser = async ({ journal }: WalletContext, userId: string): Promise<void> => {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
};

/** Refuses a second funding wallet, before anything is written. */
async function requireRole({ journal }: WalletContext, userId: string, role: WalletRole): Promise<void> {
  if (role !== "funding") return;
  if ((await journal.listWallets(userId)).some((wallet) => wallet.role === "funding"))
    throw new CTOError("CTO_E_WALLET_FUNDING_EXISTS", { userId });
}

type Added = WalletOptions & {
  readonly userId: string;
  readonly action: "wallet.generated" | "wallet.imported";
};

/** Seals the key and writes the wallet. It wipes the unencrypted key in every case. */
export async function addWallet(
  context: WalletContext,
  box: SecretBox,
  { seed, address }: Keypair,
  { userId, role, label, action }: Added,
): Promise<Wallet> {
  const id = `w_${randomUUID()}`;
  const { journal } = context;
  try {
    await requireRole(context, userId, role);
    const sealedKey = await box.seal(seed, { walletId: id, userId, address });
    const entry = { action, subject: id, details: { userId, role, address } };
    return await audited(context, entry, () =>
      journal.addWallet({ id, userId, role, address, sealedKey, ...(label ? { label } : {}) }),
    );
  } finally {
    seed.fill(0);
  }
}

/**
 * Excludes a wallet from new operations, or includes it again.
 *
 * @throws `CTO_E_WALLET_UNKNOWN`
 * @example
 * await setWalletDisabled(context, "w_3f…", true);
 */
export async function setWalletDisabled(
  context: WalletContext,
  walletId: string,
  disabled: boolean,
): Promise<Wallet> {
  const { journal } = context;
  if ((await journal.readWallet(walletId)) === null) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
  await audit(context, disabled ? "wallet.disabled" : "wallet.enabled", walletId);
  const wallet = await journal.setWalletDisabled(walletId, disabled);
  if (wallet === null) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
  return wallet;
}

/**
 * Creates `count` new wallets, one after another.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_FUNDING_EXISTS`, `CTO_E_USAGE`
 * @example
 * await generateWallets(context, "user123", 10, { role: "buyer" });
 */
export async function generateWallets(
  context: WalletContext,
  userId: string,
  count: number,
  options: WalletOptions,
): Promise<Wallet[]> {
  requireGiven(walletCountGiven, count, "count");
  requireGiven(walletOptionsGiven, options, "options");
  await requireUser(context, userId);
  const box = await openSealingBox(context);
  const wallets: Wallet[] = [];
  const added = { ...options, userId, action: "wallet.generated" } as const;
  for (let made = 0; made < count; made += 1) {
    wallets.push(await addWallet(context, box, generateKeypair(), added));
  }
  return wallets;
}

/**
 * Refuses an address that is already a wallet, before anything is written. The error depends on whether the wallet
 * belongs to this user.
 */
async function requireNew({ journal }: WalletContext, userId: string, address: Address): Promise<void> {
  const found = await journal.findWallet(address);
  if (found === null) return;
  throw new CTOError(found.userId === userId ? "CTO_E_WALLET_EXISTS" : "CTO_E_WALLET_OF_ANOTHER_USER", {
    address,
  });
}

/**
 * Adds the wallet of a private key. The key may have any form that docs/wallets.md lists; we detect the form.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`, `CTO_E_WALLET_OF_ANOTHER_USER`, `CTO_E_WALLET_FUNDING_EXISTS`,
 * `CTO_E_WALLET_KEY_CLI_ONLY`, `CTO_E_WALLET_KEY_IS_ADDRESS`, `CTO_E_RPC_UNAVAILABLE`, and for the key itself, which
 * no error contains, the errors of `readKey`
 */
export async function importWallet(
  context: WalletContext,
  userId: string,
  privateKey: string,
  { expect, sealedAs, onlyInClear = false, ...options }: ImportOptions,
): Promise<Wallet> {
  requireGiven(walletOptionsGiven, options, "options");
  if (expect !== undefined) requireGiven(addressGiven, expect, "expect");
  await requireUser(context, userId);
  if (onlyInClear) requireClear(privateKey);
  const box = await openSealingBox(context);
  const found = await readKey(privateKey, {
    which: "to import",
    secrets: await secretsOf(context.config),
    ...(expect === undefined ? {} : { expect }),
    ...(expect === undefined || sealedAs === undefined
      ? {}
      : { sealed: { box, context: { walletId: sealedAs, userId, address: expect } } }),
  });
  try {
    if (found.isSeedAlone) await refuseAddress(context, found.seed);
    await requireNew(context, userId, found.address);
    return await addWallet(context, box, found, { ...options, userId, action: "wallet.imported" });
  } finally {
    found.seed.fill(0);
  }
}

export type AttachOptions = WalletOptions & {
  readonly address: Address;
  /** The name of a signer, as in CTO_SIGNERS. */
  readonly signer: string;
  /** The signer's own identifier of the key. It is stored unencrypted, so it must not be a secret. */
  readonly reference: string;
};

/**
 * Adds a wallet whose private key is kept by an external signer. Its first signature shows whether the signer can
 * sign for the address.
 *
 * @throws `CTO_E_USAGE`, `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`, `CTO_E_WALLET_OF_ANOTHER_USER`,
 * `CTO_E_WALLET_FUNDING_EXISTS`
 */
export async function attachWallet(
  context: WalletContext,
  userId: string,
  { address, signer, reference, role, label }: AttachOptions,
): Promise<Wallet> {
  requireGiven(walletOptionsGiven, { role, label }, "options");
  requireGiven(addressGiven, address, "address");
  const text = `signer:${signer}:${reference}`;
  const custody = custodyOf(text);
  if (custody.kind !== "signer" || custody.name !== signer) {
    throw new CTOError("CTO_E_USAGE", {
      problem: `a signer's name has small letters, digits and -, and a reference is not empty: "${signer}"`,
    });
  }
  await requireUser(context, userId);
  await requireNew(context, userId, address);
  await requireRole(context, userId, role);
  const id = `w_${randomUUID()}`;
  const entry = {
    action: "wallet.attached",
    subject: id,
    details: { userId, role, address, signer },
  } as const;
  return audited(context, entry, () =>
    context.journal.addWallet({ id, userId, role, address, sealedKey: text, ...(label ? { label } : {}) }),
  );
}
