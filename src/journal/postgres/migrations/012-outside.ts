/** Adds restored backups, indexes for an operation's time, tags and reference, and webhooks. */
export const sql = `
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
