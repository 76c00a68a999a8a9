/** Reads wallets without their sealed keys: those stay where they are, only readSealedKey reads them. */
import type { Pool } from "pg";
import type { Wallet } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseWallet } from "../rows/wallet-row.ts";

const SELECT = "select id, user_id, role, address, position, label, created_at from cto.wallets";

/** In the order of legs. */
export const listWallets = async (pool: Pool, userId: string): Promise<Wallet[]> =>
  (await read(pool, `${SELECT} where user_id = $1 order by position`, [userId])).map(parseWallet);

export const readWallet = async (pool: Pool, id: string): Promise<Wallet | null> => {
  const [row] = await read(pool, `${SELECT} where id = $1`, [id]);
  return row === undefined ? null : parseWallet(row);
};
