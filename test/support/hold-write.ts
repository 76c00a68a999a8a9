/** Holds back one write of a wallet, on either journal: a process that comes to it stands there, and can be killed. */
import { Client } from "pg";
import { withDatabase } from "./mongo.ts";
import { openFaultyMongo } from "./mongo-faults.ts";

/** The row or document of a wallet that is there, or the first wallet that is added. */
export type HeldWrite = { readonly walletId: string } | "the first new wallet";

export type Hold = {
  /** What the process that is to stand needs in its environment. */
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

/** @param env the environment of a stage, which names its journal */
export const holdWrite = (env: Readonly<Record<string, string>>, write: HeldWrite): Promise<Hold> =>
  env.MONGODB_URI === undefined
    ? holdPostgres(env.DATABASE_URL ?? "", write)
    : holdMongo(env.MONGODB_URI, write);
