/** Reads wallets without their sealed keys, disables them and enables them. */
import type { Pool } from "pg";
import type { Wallet } from "../../../engine/ports.ts";
import { read, write } from "../query.ts";
import { parseWallet, WALLET_COLUMNS } from "../rows/wallet-row.ts";

const SELECT = `select ${WALLET_COLUMNS} from cto.wallets`;

/** Returns the wallets in the order of legs. */
export const listWallets = async (pool: Pool, userId: string): Promise<Wallet[]> =>
  (await read(pool, `${SELECT} where user_id = $1 order by position`, [userId])).map(parseWallet);

export const readWallet = async (pool: Pool, id: string): Promise<Wallet | null> => {
  const [row] = await read(pool, `${SELECT} where id = $1`, [id]);
  return row === undefined ? null : parseWallet(row);
};

const SET_DISABLED = `
update cto.wallets set disabled_at = case when $2 then coalesce(disabled_at, clock_timestamp()) end
where id = $1 returning ${WALLET_COLUMNS}`;

export const setWalletDisabled = async (
  pool: Pool,
  id: string,
  disabled: boolean,
): Promise<Wallet | null> => {
  const [row] = await write(pool, SET_DISABLED, [id, disabled]);
  return row === undefined ? null : parseWallet(row);
};
