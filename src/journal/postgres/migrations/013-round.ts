/** What tokens call themselves; and notes, small durable texts by key. */
export const sql = `
-- Symbol and name as the chain had them when the operation began, cleaned; null: none, or an earlier release has begun it.
alter table cto.operations add column token_label jsonb;
-- Linked chats, conversations, and what was shown in them already.
create table cto.notes (
  key text primary key,
  value text not null,
  version integer not null
);
`;
