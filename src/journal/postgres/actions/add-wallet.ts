/** Adds a wallet to a user, with the user's next position. */
import { DatabaseError, type Pool } from "pg";
import type { NewWallet, Wallet } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { write } from "../query.ts";
import { parseWallet } from "../rows/wallet-row.ts";

// The row lock of the counter gives two concurrent additions different positions. A refused insert rolls the counter back.
const SQL = `
with counted as (
  update cto.users set wallet_count = wallet_count + 1 where id = $2 returning wallet_count
)
insert into cto.wallets (id, user_id, role, address, position, label, sealed_key)
select $1, $2, $3, $4, wallet_count, $5, $6 from counted
returning *`;

const refusal = (error: unknown, wallet: NewWallet): unknown => {
  if (!(error instanceof DatabaseError)) return error;
  if (error.constraint === "wallets_one_funding") {
    return new CTOError("CTO_E_WALLET_FUNDING_EXISTS", { userId: wallet.userId });
  }
  const taken = error.constraint === "wallets_address_once" || error.constraint === "wallets_pkey";
  return taken ? new CTOError("CTO_E_WALLET_EXISTS", { address: wallet.address }) : error;
};

/** @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`, `CTO_E_WALLET_FUNDING_EXISTS` */
export const addWallet = async (pool: Pool, wallet: NewWallet): Promise<Wallet> => {
  const { id, userId, role, address, label, sealedKey } = wallet;
  const rows = await write(pool, SQL, [id, userId, role, address, label ?? null, sealedKey]).catch(
    (error) => {
      throw refusal(error, wallet);
    },
  );
  if (rows[0] === undefined) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  return parseWallet(rows[0]);
};
