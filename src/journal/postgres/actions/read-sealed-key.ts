/** Reads one wallet with its sealed key, or several. */
import type { Pool } from "pg";
import type { WalletWithKey } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { read } from "../query.ts";
import { parseSealedKey, parseWallet } from "../rows/wallet-row.ts";

export const readSealedKeys = async (
  pool: Pool,
  walletIds: readonly string[],
): Promise<Map<string, WalletWithKey>> => {
  const rows = await read(pool, "select * from cto.wallets where id = any($1)", [walletIds]);
  const found = rows.map((row) => ({ wallet: parseWallet(row), sealedKey: parseSealedKey(row) }));
  return new Map(found.map((one) => [one.wallet.id, one]));
};

/** @throws `CTO_E_WALLET_UNKNOWN` */
export const readSealedKey = async (pool: Pool, walletId: string): Promise<WalletWithKey> => {
  const found = (await readSealedKeys(pool, [walletId])).get(walletId);
  if (found === undefined) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
  return found;
};
