/**
 * A holder is one idle connection that says "this process uses the server". The last one to leave stops the server;
 * the connections of a killed process vanish by themselves, so no count can be left wrong.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { z } from "zod";

const HOLDING = "cto-holder";
const LEAVING = "cto-leaving";
const RECONNECT_MS = 500;

export type Holder = {
  /** Stops holding; answers whether nobody else holds. Call it under the lock. */
  leave(): Promise<{ last: boolean }>;
};

const connect = async (connectionString: string): Promise<Client> => {
  const client = new Client({ connectionString, application_name: HOLDING, ssl: false, keepAlive: true });
  // Without a listener an error of an idle connection would end the process; `end` follows and is handled.
  client.on("error", () => undefined);
  await client.connect();
  return client;
};

const countOthers = async (client: Client): Promise<number> => {
  // The name is changed rather than the connection ended: an ended one is still listed for a moment.
  await client.query(`set application_name = '${LEAVING}'`);
  const answer = await client.query(
    "select count(*)::int as holders from pg_stat_activity where application_name = $1",
    [HOLDING],
  );
  return z.tuple([z.object({ holders: z.number() })]).parse(answer.rows)[0].holders;
};

/** @throws what the connection throws. */
export const hold = async (connectionString: string): Promise<Holder> => {
  let left = false;
  let client: Client | null = null;

  // A crashed backend makes the server drop every connection and go on; then the hold must be renewed.
  const renew = async (): Promise<void> => {
    while (!left && client === null) {
      await sleep(RECONNECT_MS, undefined, { ref: false });
      if (!left) adopt(await connect(connectionString).catch(() => null));
    }
  };
  const adopt = (next: Client | null): void => {
    client = next;
    next?.once("end", () => {
      client = null;
      void renew();
    });
  };
  adopt(await connect(connectionString));

  return {
    leave: async () => {
      left = true;
      const current = client ?? (await connect(connectionString).catch(() => null));
      if (current === null) return { last: false };
      try {
        return { last: (await countOthers(current)) === 0 };
      } catch {
        return { last: false };
      } finally {
        await current.end().catch(() => undefined);
      }
    },
  };
};
