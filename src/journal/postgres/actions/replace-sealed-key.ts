/** Replaces a wallet's sealed key if it is still the expected one. */
import type { Pool } from "pg";
import { write } from "../query.ts";

export const replaceSealedKey = async (
  pool: Pool,
  walletId: string,
  expected: string,
  sealedKey: string,
): Promise<boolean> => {
  const rows = await write(
    pool,
    "update cto.wallets set sealed_key = $3 where id = $1 and sealed_key = $2 returning id",
    [walletId, expected, sealedKey],
  );
  return rows.length === 1;
};
