/** Releases a lease, which makes it stale. Another owner's lease stays unchanged. */
import type { Pool } from "pg";
import type { Lease } from "../../../engine/ports.ts";
import { fenceValues } from "../fence.ts";
import { write } from "../query.ts";

const SQL = "update cto.leases set owner = null where user_id = $1 and owner = $2 and token = $3";

export const releaseLease = async (pool: Pool, lease: Lease): Promise<void> => {
  await write(pool, SQL, fenceValues(lease));
};
