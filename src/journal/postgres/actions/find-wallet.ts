/** Finds the wallet of an address, for any user. */
import type { Pool } from "pg";
import type { Address, Wallet } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseWallet, WALLET_COLUMNS } from "../rows/wallet-row.ts";

export const findWallet = async (pool: Pool, address: Address): Promise<Wallet | null> => {
  const [row] = await read(pool, `select ${WALLET_COLUMNS} from cto.wallets where address = $1`, [address]);
  return row === undefined ? null : parseWallet(row);
};
