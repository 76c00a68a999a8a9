/** Adds spending limits, the reservations under them, and the halt. */
export const sql = `
-- Of everyone ('*') or of one user ('=' and the id).
create table cto.limits (
  scope text primary key,
  limits text not null
);

-- One row for each buy that may spend, or has spent; it goes when the buy is provably dead.
create table cto.spending (
  step_id text primary key,
  user_id text not null,
  wallet_id text not null,
  lamports bigint not null check (lamports > 0),
  reserved_at timestamptz not null default clock_timestamp()
);
create index spending_by_user on cto.spending (user_id, reserved_at);
create index spending_by_wallet on cto.spending (wallet_id);

create table cto.halt (
  single boolean primary key default true check (single),
  halted_by text not null,
  reason text not null,
  halted_at timestamptz not null default clock_timestamp()
);
`;
