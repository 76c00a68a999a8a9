/** Finds the wallet of an address, whoever has it. */
import type { Pool } from "pg";
import type { Address, Wallet } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseWallet } from "../rows/wallet-row.ts";

export const findWallet = async (pool: Pool, address: Address): Promise<Wallet | null> => {
  // The sealed key stays where it is.
  const columns = "id, user_id, role, address, position, label, created_at";
  const [row] = await read(pool, `select ${columns} from cto.wallets where address = $1`, [address]);
  return row === undefined ? null : parseWallet(row);
};
