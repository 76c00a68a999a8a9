/** Lists a user's wallets in the order of legs. */
import type { Pool } from "pg";
import type { Wallet } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseWallet } from "../rows/wallet-row.ts";

export const listWallets = async (pool: Pool, userId: string): Promise<Wallet[]> => {
  // The sealed keys stay where they are: only readSealedKey reads them.
  const columns = "id, user_id, role, address, position, label, created_at";
  const rows = await read(pool, `select ${columns} from cto.wallets where user_id = $1 order by position`, [
    userId,
  ]);
  return rows.map(parseWallet);
};
