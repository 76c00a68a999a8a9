/**
 * Adds token labels, notes (short durable texts by key), and the schema version that the holder of a lease expects.
 */
export const sql = `
-- Symbol and name as the chain had them when the operation began, cleaned; null: none, or an earlier release has begun it.
alter table cto.operations add column token_label jsonb;
-- Linked chats, conversations, and what was shown in them already.
create table cto.notes (
  key text primary key,
  value text not null,
  version integer not null
);

-- Workers of releases before this one do not write it, and their insert is refused: one that still runs signs nothing more (ADR 35).
alter table cto.leases add column schema_version integer;
update cto.leases set schema_version = 13;
alter table cto.leases alter column schema_version set not null;
`;
