/** Adds the detected venue next to the used one, and a cache of short texts that all processes share. */
export const sql = `
alter table cto.operations add column detected text;

-- Nothing rests on it: it may be emptied at any time.
create unlogged table cto.cache (
  key text primary key,
  value text not null,
  expires_at timestamptz not null
);
create index cache_by_expiry on cto.cache (expires_at);
`;
