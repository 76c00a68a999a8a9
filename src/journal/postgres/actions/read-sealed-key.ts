/** Reads one wallet with its sealed key. */
import type { Pool } from "pg";
import type { WalletWithKey } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { read } from "../query.ts";
import { parseSealedKey, parseWallet } from "../rows/wallet-row.ts";

/** @throws `CTO_E_WALLET_UNKNOWN` */
export const readSealedKey = async (pool: Pool, walletId: string): Promise<WalletWithKey> => {
  const [row] = await read(pool, "select * from cto.wallets where id = $1", [walletId]);
  if (row === undefined) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
  return { wallet: parseWallet(row), sealedKey: parseSealedKey(row) };
};
