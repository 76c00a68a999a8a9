/** Stores how many token base units each leg received. */
import type { Pool } from "pg";
import { write } from "../query.ts";

const SQL = `
update cto.legs l set tokens_received = given.tokens
from unnest($2::int[], $3::numeric[]) as given (leg, tokens)
where l.operation_id = $1 and l.leg = given.leg`;

export const writeTokensReceived = async (
  pool: Pool,
  id: string,
  received: readonly { leg: number; tokens: bigint }[],
): Promise<void> => {
  await write(pool, SQL, [id, received.map(({ leg }) => leg), received.map(({ tokens }) => tokens)]);
};
