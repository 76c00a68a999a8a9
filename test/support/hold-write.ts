/** Blocks one write of a wallet in either journal. A process waits at this write, and a test can kill it there. */
import { Client } from "pg";
import { withDatabase } from "./mongo.ts";
import { openFaultyMongo } from "./mongo-faults.ts";

/** The write to block: a change of an existing wallet, or the insert of the first new wallet. */
export type HeldWrite = { readonly walletId: string } | "the first new wallet";

export type Hold = {
  /** The environment variables for the process that will wait. */
  readonly env: Readonly<Record<string, string>>;
  release(): Promise<void>;
};

async function holdPostgres(connectionString: string, write: HeldWrite): Promise<Hold> {
  const blocker = new Client({ connectionString });
  await blocker.connect();
  await blocker.query("begin");
  if (write === "the first new wallet") await blocker.query("lock table cto.wallets in share mode");
  else await blocker.query("select 1 from cto.wallets where id = $1 for update", [write.walletId]);
  return {
    env: {},
    async release() {
      await blocker.query("rollback");
      await blocker.end();
    },
  };
}

async function holdMongo(uri: string, write: HeldWrite): Promise<Hold> {
  const faulty = await openFaultyMongo(uri, "holds", (command, text) =>
    write === "the first new wallet"
      ? command.insert === "wallets"
      : command.update === "wallets" && text.includes(write.walletId),
  );
  return {
    env: { MONGODB_URI: withDatabase(faulty.uri, new URL(uri).pathname.slice(1)) },
    release: () => faulty.close(),
  };
}

/** Blocks the write. @param env the environment of a stage; it selects the journal */
export const holdWrite = (env: Readonly<Record<string, string>>, write: HeldWrite): Promise<Hold> =>
  env.MONGODB_URI === undefined
    ? holdPostgres(env.DATABASE_URL ?? "", write)
    : holdMongo(env.MONGODB_URI, write);
