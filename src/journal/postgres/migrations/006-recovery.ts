/**
 * Adds recovery: the return of what an operation left in its wallets. It does not change the operation's status.
 */
export const sql = `
alter table cto.operations
  add column recovery_state text check (recovery_state in ('requested', 'needs_review', 'done')),
  add column recovery_at timestamptz,
  add column recovery_legs jsonb,
  add column recovery_failure jsonb;
create index operations_recovering on cto.operations (recovery_state, number)
  where recovery_state in ('requested', 'needs_review');

alter table cto.attempts add column returned bigint;
`;
