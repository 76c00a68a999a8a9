/** What the journal keeps for operations that are over, and for those who ask about them. */
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

-- Which operations came from a backup, the declaration of that restore, and how far this journal has come on the cluster.
alter table cto.operations add column restored boolean not null default false;
create table cto.restores (
  only_one boolean primary key default true check (only_one),
  declared_by text not null,
  reason text not null,
  since numeric(20) not null,
  last_valid_block_height numeric(20) not null,
  declared_at timestamptz not null default clock_timestamp()
);
create table cto.reached (
  only_one boolean primary key default true check (only_one),
  slot numeric(20) not null,
  first numeric(20) not null,
  at timestamptz not null default clock_timestamp()
);

-- What operations are found by: the caller's own tags and reference; and when those begin that wait for their time.
create index operations_by_tag on cto.operations using gin ((request -> 'tags')) where request ? 'tags';
create index operations_by_reference on cto.operations ((request ->> 'reference'), number);
create index operations_timed on cto.operations (user_id, not_before)
  where status = 'waiting' and not_before is not null;
-- Webhooks: who is told of a user's operations, and each delivery until it has ended.
create table cto.webhooks (
  id text primary key,
  number bigint generated always as identity,
  user_id text not null references cto.users (id),
  url text not null,
  events text[] not null,
  secrets text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz
);
create table cto.deliveries (
  id text primary key,
  number bigint generated always as identity,
  webhook_id text not null references cto.webhooks (id),
  lane text not null,
  position integer not null,
  type text not null,
  payload text not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  tries integer not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  answer text,
  version integer not null default 0
);
create index deliveries_due on cto.deliveries (due_at) where status = 'pending';
create index deliveries_in_lane on cto.deliveries (lane, position, number) where status = 'pending';
create index deliveries_of_webhook on cto.deliveries (webhook_id, number);
-- Up to which of its events the webhooks have been told.
alter table cto.operations add column told integer not null default 0;
create index operations_untold on cto.operations (user_id, number) where event_count > told;
`;
