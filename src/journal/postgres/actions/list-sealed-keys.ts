/** Lists all wallets with their sealed keys, page by page. */
import type { Pool } from "pg";
import type { WalletWithKey } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseSealedKey, parseWallet } from "../rows/wallet-row.ts";

// "C" orders by bytes, as every journal does, for every locale of the database.
const SQL = `
select * from cto.wallets where id > $1 collate "C" order by id collate "C" limit $2`;

export const listSealedKeys = async (pool: Pool, after: string, limit: number): Promise<WalletWithKey[]> => {
  const rows = await read(pool, SQL, [after, limit]);
  return rows.map((row) => ({ wallet: parseWallet(row), sealedKey: parseSealedKey(row) }));
};
