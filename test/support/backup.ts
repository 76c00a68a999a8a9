/** Takes and restores a backup of a whole journal, as `pg_dump` and `mongodump` do, but without these programs. */
import { type Document, MongoClient } from "mongodb";
import { Client } from "pg";
import type { Stage } from "./stage.ts";

/** Restores the backup. It replaces the current content. */
export type Backup = () => Promise<void>;

/** @param isSnapshot PostgreSQL only: as a snapshot of the whole disk, which keeps also the transactions' numbers */
export const takeBackup = ({ config }: Stage, isSnapshot = false): Promise<Backup> =>
  config.MONGODB_URI === undefined
    ? ofPostgres(config.DATABASE_URL ?? "", isSnapshot)
    : ofMongo(config.MONGODB_URI);

async function ofMongo(uri: string): Promise<Backup> {
  const on = async <T>(work: (db: ReturnType<MongoClient["db"]>) => Promise<T>): Promise<T> => {
    const client = new MongoClient(uri);
    try {
      return await work(client.db());
    } finally {
      await client.close();
    }
  };
  const kept = await on(async (db) => {
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    return Promise.all(
      names.map(
        async (name): Promise<[string, Document[]]> => [name, await db.collection(name).find().toArray()],
      ),
    );
  });
  return () =>
    on(async (db) => {
      const now = (await db.listCollections().toArray()).map(({ name }) => name);
      for (const name of now) await db.collection(name).deleteMany({});
      for (const [name, documents] of kept)
        if (documents.length > 0) await db.collection(name).insertMany(documents);
    });
}

const TABLES = `select table_name as name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
  from information_schema.columns
  where table_schema = 'cto' and table_name <> 'migrations' and is_generated = 'NEVER' group by table_name`;

async function ofPostgres(connectionString: string, isSnapshot: boolean): Promise<Backup> {
  const on = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const { tables, rows } = await on(async (client) => {
    const listed = (await client.query<{ name: string; columns: string }>(TABLES)).rows;
    const found = isSnapshot ? listed.filter(({ name }) => name !== "copy") : listed;
    const all = new Map<string, string>();
    for (const { name } of found) {
      const read = await client.query(`select coalesce(jsonb_agg(t), '[]')::text as rows from cto.${name} t`);
      all.set(name, read.rows[0].rows);
    }
    return { tables: found, rows: all };
  });
  return () =>
    on(async (client) => {
      await client.query("begin");
      // Like a real restore, we insert the rows without checking their foreign keys.
      await client.query("set local session_replication_role = replica");
      await client.query(`truncate ${tables.map(({ name }) => `cto.${name}`).join(", ")} cascade`);
      for (const { name, columns } of tables) {
        const sql = `insert into cto.${name} (${columns}) overriding system value
          select ${columns} from jsonb_populate_recordset(null::cto.${name}, $1::jsonb)`;
        await client.query(sql, [rows.get(name)]);
      }
      await client.query("commit");
    });
}
