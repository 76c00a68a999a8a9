/** Adds the keys of the HTTP API. Only the hash of a key's secret is stored. */
export const sql = `
create table cto.api_keys (
  id text primary key,
  number bigint generated always as identity,
  name text not null,
  scopes text[] not null,
  user_id text references cto.users (id),
  secret_hash text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
`;
