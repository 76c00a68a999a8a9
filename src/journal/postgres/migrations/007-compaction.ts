/** Old events are compacted; the one that follows says how many stood before it. */
export const sql = `
alter table cto.events add column compacted integer;
alter table cto.operations add column compacted boolean not null default false;
create index operations_compactable on cto.operations (id) where settled and not compacted;
`;
