/**
 * Creates the first schema. Lamports fit `bigint`; token amounts are u64 and do not, so they are `numeric(20, 0)`.
 */
export const sql = `
create table cto.users (
  id text primary key,
  name text,
  wallet_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  number bigint generated always as identity
);

create table cto.wallets (
  id text primary key,
  user_id text not null references cto.users (id),
  role text not null check (role in ('funding', 'buyer')),
  address text not null constraint wallets_address_once unique,
  position integer not null,
  label text,
  sealed_key text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (user_id, position)
);
create unique index wallets_one_funding on cto.wallets (user_id) where role = 'funding';

-- No reference to users: a journal may be kept apart from the directory.
create table cto.operations (
  id text primary key,
  number bigint generated always as identity,
  user_id text not null,
  idempotency_key text,
  request jsonb not null,
  request_hash text not null,
  status text not null default 'waiting'
    check (status in ('waiting', 'active', 'completed', 'failed', 'cancelled', 'needs_review')),
  cancel_requested boolean not null default false,
  progress double precision not null default 0 check (progress between 0 and 100),
  venue text,
  partial boolean not null default false,
  settled boolean not null default false,
  planned boolean not null default false,
  failure jsonb,
  event_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (user_id, idempotency_key)
);
create unique index operations_by_number on cto.operations (number);
create index operations_by_user on cto.operations (user_id, number);
create index operations_open on cto.operations (status, number) where status in ('waiting', 'active');
create index operations_unsettled on cto.operations (number)
  where not settled and status in ('completed', 'failed', 'cancelled', 'needs_review');

create table cto.legs (
  operation_id text not null references cto.operations (id),
  leg integer not null check (leg > 0),
  wallet_id text not null,
  address text not null,
  lamports bigint not null check (lamports > 0),
  tokens_before numeric(20, 0) not null,
  tokens_received numeric(20, 0),
  primary key (operation_id, leg)
);

create table cto.steps (
  id text primary key,
  operation_id text not null references cto.operations (id),
  kind text not null check (kind in ('buy', 'fund', 'recover')),
  leg integer not null,
  status text not null default 'ready'
    check (status in ('ready', 'in_flight', 'confirmed', 'finalized', 'failed', 'cancelled', 'needs_review')),
  version integer not null default 1,
  failure jsonb,
  unique (operation_id, leg, kind)
);

-- Attempts are never deleted and never expire (R1). The two unique keys are R5's last line.
create table cto.attempts (
  step_id text not null references cto.steps (id),
  number integer not null check (number > 0),
  signature text not null constraint attempts_signature_once unique,
  wire text not null,
  blockhash text not null,
  last_valid_block_height bigint not null,
  blockhash_slot bigint not null,
  venue text,
  min_tokens_out numeric(20, 0),
  cost_network bigint not null,
  cost_priority bigint not null,
  cost_rent bigint not null,
  status text not null default 'live' check (status in ('live', 'landed', 'dead')),
  slot bigint,
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (step_id, number)
);
create unique index attempts_one_live on cto.attempts (step_id) where status = 'live';

create table cto.events (
  operation_id text not null references cto.operations (id),
  seq integer not null,
  at timestamptz not null default clock_timestamp(),
  event jsonb not null,
  primary key (operation_id, seq)
);

-- A row stays when its lease is released: the token must go on growing. No owner: released.
create table cto.leases (
  user_id text primary key,
  owner text,
  token bigint not null,
  expires_at timestamptz not null
);
`;
