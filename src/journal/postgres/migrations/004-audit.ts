/**
 * Adds the audit log. The triggers prevent mistakes. A user who may drop the triggers can still not hide a
 * change, because the hash chain then breaks.
 */
export const sql = `
create table cto.audit (
  seq bigint primary key,
  at timestamptz(3) not null,
  action text not null,
  actor text not null,
  subject text not null,
  details text not null,
  previous text not null,
  hash text not null
);

create function cto.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;
create trigger audit_append_only before update or delete on cto.audit
  for each row execute function cto.refuse_change();
create trigger audit_not_truncated before truncate on cto.audit
  for each statement execute function cto.refuse_change();
`;
