/**
 * Adds which copy of the database the workers use: a restored dump, a promoted standby and a database that was recovered
 * to a point in time are other copies, which may lack what was signed last (ADR 31).
 */
export const sql = `
-- written_by is the transaction that has written the row. A dump keeps the number, but not the transaction.
create table cto.copy (
  only_one boolean primary key default true check (only_one),
  server text,
  timeline text,
  database bigint not null,
  written_by bigint not null
);

-- Null where the server does not say it to the database's owner: hosted servers differ in how they refuse. A promotion, and a recovery to a point in time, begin a new timeline.
-- pg_control_checkpoint() has the new one only after the next checkpoint; the name of the current WAL file has it at once.
create function cto.server_timeline() returns text language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  if pg_is_in_recovery() then return null; end if;
  return substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
exception when others then return null;
end $$;

create function cto.server_identifier() returns text language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  return (select system_identifier::text from pg_control_system());
exception when others then return null;
end $$;

create function cto.database_number() returns bigint language sql stable set search_path = pg_catalog as $$
  select oid::bigint from pg_database where datname = current_database()
$$;

-- How this database differs from the one that the workers used; null if it is that one.
create function cto.how_copied() returns text language plpgsql stable set search_path = pg_catalog as $$
declare
  own cto.copy;
  writer bigint;
begin
  select * into own from cto.copy;
  if not found then return 'dump'; end if;
  select xmin::text::bigint into writer from cto.copy;
  if own.server is distinct from cto.server_identifier() then return 'server'; end if;
  if own.timeline is distinct from cto.server_timeline() then return 'timeline'; end if;
  if own.database <> cto.database_number() then return 'database'; end if;
  if writer <> own.written_by % 4294967296 then return 'dump'; end if;
  return null;
end $$;

-- The workers use this copy from now on.
create function cto.own_copy() returns void language plpgsql set search_path = pg_catalog as $$
begin
  insert into cto.copy (server, timeline, database, written_by)
  values (cto.server_identifier(), cto.server_timeline(), cto.database_number(), txid_current())
  on conflict (only_one) do update set server = excluded.server, timeline = excluded.timeline,
    database = excluded.database, written_by = excluded.written_by;
end $$;

select cto.own_copy();
`;
