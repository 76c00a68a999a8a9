/** Exports a wallet's private key. No other function returns one, and the audit log records every export. */
import { getBase58Encoder } from "@solana/kit";
import type { Wallet } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { openStoredKeys } from "../runtime/stored-keys.ts";
import { custodyOf } from "../wallets/custody.ts";
import { openStoredKey } from "../wallets/stored-key.ts";

/**
 * Records the export in the audit log and returns the key.
 *
 * @param to the destination, for the audit log
 * @returns the 64 bytes that `solana-keygen` writes as a JSON array; the caller wipes them
 * @throws `CTO_E_WALLET_UNKNOWN`, `CTO_E_WALLET_KEY_ELSEWHERE`, and the errors of opening a stored key
 */
export async function exportWallet(
  context: Pick<CTOContext, "config" | "journal">,
  walletId: string,
  to: "file" | "stdout",
): Promise<{ wallet: Wallet; secretKey: Uint8Array }> {
  const stored = await context.journal.readSealedKey(walletId);
  const { wallet, sealedKey } = stored;
  const custody = custodyOf(sealedKey);
  if (custody.kind === "signer") {
    throw new CTOError("CTO_E_WALLET_KEY_ELSEWHERE", { walletId, name: custody.name });
  }
  const { seed } = await openStoredKey(await openStoredKeys(context), stored);
  try {
    await audit(context, "wallet.exported", walletId, { userId: wallet.userId, address: wallet.address, to });
    return { wallet, secretKey: Uint8Array.from([...seed, ...getBase58Encoder().encode(wallet.address)]) };
  } finally {
    seed.fill(0);
  }
}
