/** Adds the compaction of old events. The next kept event stores how many events before it were dropped. */
export const sql = `
alter table cto.events add column compacted integer;
alter table cto.operations add column compacted boolean not null default false;
create index operations_compactable on cto.operations (id) where settled and not compacted;
`;
