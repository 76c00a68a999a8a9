/**
 * Adds what binds an operation: each leg's least tokens, the wallets that it leaves out, and limits that also count costs.
 */
export const sql = `
-- When an operation goes on: how often an outage stopped it, and until when it rests.
alter table cto.operations
  add column tries integer not null default 0,
  add column not_before timestamptz;
create index operations_next on cto.operations (user_id, ((request ->> 'priority')::int), number)
  where status = 'waiting';
create index operations_begun on cto.operations (user_id)
  where status in ('active', 'needs_review') or recovery_state in ('requested', 'needs_review');
alter table cto.legs add column least_tokens numeric(20, 0);
alter table cto.operations add column left_out jsonb;
alter table cto.attempts add column message_version smallint not null default 0 check (message_version in (0, 1));
alter table cto.operations add column price jsonb;

-- A step has a row of each kind at most. What was reserved before costs were counted is spending.
alter table cto.spending
  add column kind text not null default 'spending' check (kind in ('spending', 'costs')),
  add column operation_id text not null generated always as (split_part(step_id, '.', 1)) stored,
  drop constraint spending_pkey,
  add primary key (step_id, kind);
alter table cto.spending alter column kind drop default;
create index spending_by_operation on cto.spending (operation_id);
drop index cto.spending_by_wallet;
drop index cto.spending_by_user;
create index spending_by_day on cto.spending (user_id, reserved_at) include (kind, lamports);

-- What each wallet's rows sum up to, ever: a limit for life must not read them all.
create table cto.spending_totals (
  user_id text not null,
  wallet_id text not null,
  kind text not null check (kind in ('spending', 'costs')),
  lamports numeric(40) not null,
  primary key (user_id, wallet_id, kind)
);
insert into cto.spending_totals (user_id, wallet_id, kind, lamports)
select user_id, wallet_id, kind, sum(lamports) from cto.spending group by user_id, wallet_id, kind;
`;
