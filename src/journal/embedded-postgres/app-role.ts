/**
 * The role that the journal and the queue connect as. It owns their database and is no superuser, so that nobody who can
 * send SQL can run programs, read files or see other databases. The superuser stays this folder's own.
 */
import { createHash } from "node:crypto";
import { Client } from "pg";

/** The database that the journal and the queue live in. */
export const DATABASE = "cto";
export const APP_ROLE = "cto_app";

/** From the superuser's password, which does not follow from it. */
export const appPasswordOf = (password: string): string =>
  createHash("sha256").update(`${APP_ROLE}:${password}`).digest("base64url");

const CREATE_ROLE = `create role ${APP_ROLE} login nosuperuser nocreaterole nobypassrls`;

/** What a superuser made before there was this role. */
const HAND_OVER = `
do $$
declare
  part record;
begin
  for part in select nspname from pg_namespace where nspname in ('cto', 'bullmq') loop
    execute format('alter schema %I owner to ${APP_ROLE}', part.nspname);
  end loop;
  -- Sequences of identity columns follow their tables.
  for part in
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('cto', 'bullmq') and c.relkind in ('r', 'p', 'v', 'm', 'S')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i') and c.relkind = 'S')
  loop
    execute format('alter table %I.%I owner to ${APP_ROLE}', part.nspname, part.relname);
  end loop;
  for part in
    select p.oid::regprocedure as signature from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('cto', 'bullmq')
  loop
    execute format('alter routine %s owner to ${APP_ROLE}', part.signature);
  end loop;
  for part in
    select n.nspname, t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where n.nspname in ('cto', 'bullmq') and t.typtype in ('e', 'd')
  loop
    execute format('alter type %I.%I owner to ${APP_ROLE}', part.nspname, part.typname);
  end loop;
end $$`;

const asAdmin = async <T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString, ssl: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/**
 * Makes the role and its database where they are not there; a database of before gets its new owner. Call it under the
 * lock. May be ended at any line: the next call goes on.
 *
 * @param urlOf the superuser's URL of a database
 */
export async function ensureAppRole(urlOf: (database: string) => string, password: string): Promise<void> {
  const owner = await asAdmin(urlOf("postgres"), async (admin) => {
    const role = await admin.query("select from pg_roles where rolname = $1", [APP_ROLE]);
    if (role.rowCount === 0) await admin.query(CREATE_ROLE);
    const { rows } = await admin.query<{ owner: string }>(
      "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1",
      [DATABASE],
    );
    if (rows.length === 0) await admin.query(`create database ${DATABASE} owner ${APP_ROLE}`);
    // The text has letters, digits, - and _ only.
    await admin.query(`alter role ${APP_ROLE} password '${appPasswordOf(password)}'`);
    return rows[0]?.owner ?? APP_ROLE;
  });
  if (owner === APP_ROLE) return;
  await asAdmin(urlOf(DATABASE), (admin) => admin.query(HAND_OVER));
  // Last: an owner of the database says that all is handed over.
  await asAdmin(urlOf("postgres"), (admin) => admin.query(`alter database ${DATABASE} owner to ${APP_ROLE}`));
}
