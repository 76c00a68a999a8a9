/** Adds settled reservations, funded amounts, the expiry and addresses of API keys, decisions, and incidents. */
export const sql = `
-- A settled step reserves nothing more, whoever still asks for it.
alter table cto.spending
  add column settled boolean not null default false,
  drop constraint spending_lamports_check,
  add check (lamports > 0 or (settled and lamports = 0));
-- What a funding's attempt brings each leg: [{ "leg": 1, "lamports": "123" }, ...].
alter table cto.attempts add column funded jsonb;

-- When a key ends, and where it may be used from.
alter table cto.api_keys
  add column expires_at timestamptz,
  add column addresses text[];

-- Why an operation does what it does: for people, nothing rests on it.
create table cto.decisions (
  number bigint primary key generated always as identity,
  operation_id text not null references cto.operations,
  at timestamptz not null default now(),
  decision jsonb not null
);
create index decisions_by_operation on cto.decisions (operation_id, number);
-- Legs that landed and received less than they were signed for: by leg, one each at most.
alter table cto.operations add column incidents jsonb not null default '{}';
`;
