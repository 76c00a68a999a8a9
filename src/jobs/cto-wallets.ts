/** Offers users and their wallets to external applications, with the same services as HTTP and the command line. */
import type { Address, Lamports, User, Wallet } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { defaultChainPorts } from "../services/default-tokens.ts";
import { previewSweep, type SweepPreview, startSweep } from "../services/sweep-wallets.ts";
import { addUser } from "../services/users.ts";
import { listWallets, readBalances, readTokenBalances } from "../services/wallet-list.ts";
import {
  type AttachOptions,
  attachWallet,
  generateWallets,
  type ImportOptions,
  importWallet,
  setWalletDisabled,
  type WalletOptions,
} from "../services/wallets.ts";

/** Addresses are plain text here: the service checks each one. */
type Plain<Options> = {
  readonly [Field in keyof Options]: Options[Field] extends Address | undefined ? string : Options[Field];
};

/**
 * Adds a user.
 * @throws `CTO_E_USER_EXISTS`
 * @example
 * await addCTOUser({ id: "user123", name: "Ada" });
 */
export async function addCTOUser(user: { id: string; name?: string }): Promise<User> {
  return addUser(await defaultContext(), user);
}

export async function listCTOUsers(): Promise<User[]> {
  return (await defaultContext()).journal.listUsers();
}

/** Returns a user; null if there is none with this id. */
export async function getCTOUser(userId: string): Promise<User | null> {
  return (await defaultContext()).journal.readUser(userId);
}

/**
 * Creates new wallets, in the order of the legs.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_FUNDING_EXISTS`
 * @example
 * await generateCTOWallets("user123", 10, { role: "buyer" });
 */
export async function generateCTOWallets(
  userId: string,
  count: number,
  options: WalletOptions,
): Promise<Wallet[]> {
  return generateWallets(await defaultContext(), userId, count, options);
}

/**
 * Adds the wallet of a private key, in any of the forms that docs/wallets.md lists. The key is sealed before anything
 * is written.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`, `CTO_E_WALLET_OF_ANOTHER_USER`, `CTO_E_WALLET_FUNDING_EXISTS`,
 * and an error for an invalid key; no error contains the key
 * @example
 * await importCTOWallet("user123", privateKey, { role: "buyer" });
 */
export async function importCTOWallet(
  userId: string,
  privateKey: string,
  options: Plain<ImportOptions>,
): Promise<Wallet> {
  return importWallet(await defaultContext(), userId, privateKey, options as ImportOptions);
}

/**
 * Adds a wallet whose private key is kept by an external signer.
 *
 * @throws `CTO_E_USAGE`, `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`, `CTO_E_WALLET_OF_ANOTHER_USER`,
 * `CTO_E_WALLET_FUNDING_EXISTS`
 */
export async function attachCTOWallet(userId: string, options: Plain<AttachOptions>): Promise<Wallet> {
  return attachWallet(await defaultContext(), userId, options as AttachOptions);
}

/** A wallet, with its balances if they were requested and a cluster answered. */
export type CTOWallet = Wallet & {
  /** Lamports as decimal text. Absent if they were not requested, or no cluster answered. */
  readonly lamports?: string;
  /** Base units of the requested token, as decimal text. */
  readonly tokens?: string;
};

/**
 * Lists a user's wallets, in the order of the legs.
 *
 * @param options.balances also returns each wallet's lamports, and its balance of `tokenAddress` if that is given
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
 * @example
 * const wallets = await listCTOWallets("user123", { balances: true });
 */
export async function listCTOWallets(
  userId: string,
  { balances = false, tokenAddress }: { balances?: boolean; tokenAddress?: string } = {},
): Promise<CTOWallet[]> {
  const context = await defaultContext();
  const wallets = await listWallets(context, userId);
  if (!balances && tokenAddress === undefined) return wallets;
  const found =
    tokenAddress === undefined
      ? await readBalances(context, wallets)
      : await readTokenBalances(defaultChainPorts, wallets, tokenAddress);
  return wallets.map((wallet) => {
    const held = found?.get(wallet.address);
    if (held === undefined) return wallet;
    const lamports = String(held.lamports);
    return held.tokens === null
      ? { ...wallet, lamports }
      : { ...wallet, lamports, tokens: String(held.tokens) };
  });
}

/**
 * Excludes a wallet from new operations, or includes it again. Operations that are already planned continue.
 *
 * @throws `CTO_E_WALLET_UNKNOWN`
 */
export async function setCTOWalletDisabled(walletId: string, disabled: boolean): Promise<Wallet> {
  return setWalletDisabled(await defaultContext(), walletId, disabled);
}

export type CTOSweepPreview = {
  readonly fundingAddress: Address;
  /**
   * The total that a sweep would return, in lamports, as decimal text. `sweepCTOWallets` takes it as the confirmation.
   */
  readonly totalLamports: string;
  /** The approximate fees that the funding wallet pays, in lamports. */
  readonly feeLamports: string;
  readonly wallets: readonly {
    readonly walletId: string;
    readonly address: Address;
    readonly lamports: string;
  }[];
};

const toSweepPreview = ({ funding, totalLamports, feeLamports, wallets }: SweepPreview): CTOSweepPreview => ({
  fundingAddress: funding.address,
  totalLamports: String(totalLamports),
  feeLamports: String(feeLamports),
  wallets: wallets.map(({ wallet, lamports }) => ({
    walletId: wallet.id,
    address: wallet.address,
    lamports: String(lamports),
  })),
});

/**
 * Returns what a sweep would return to the funding wallet now. Nothing is signed or stored.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function previewCTOSweep(userId: string): Promise<CTOSweepPreview> {
  return toSweepPreview(await previewSweep(await defaultContext(), await defaultChainPorts(), userId));
}

/**
 * Returns all SOL of a user's buyer wallets to the funding wallet. A worker executes it; follow it like an operation.
 *
 * @param totalLamports the total of the preview, which must still be correct
 * @throws `CTO_E_SWEEP_NOTHING`, `CTO_E_SWEEP_CHANGED`, and the errors of `previewCTOSweep`
 * @example
 * const { totalLamports } = await previewCTOSweep("user123");
 * const { jobId } = await sweepCTOWallets("user123", totalLamports);
 */
export async function sweepCTOWallets(userId: string, totalLamports: string): Promise<{ jobId: string }> {
  if (!/^\d{1,20}$/.test(totalLamports)) {
    throw new CTOError("CTO_E_USAGE", { problem: `totalLamports is decimal text, not "${totalLamports}"` });
  }
  const total = BigInt(totalLamports) as Lamports;
  const jobId = await startSweep(await defaultContext(), await defaultChainPorts(), userId, total);
  return { jobId };
}
