/** What tokens call themselves. */
export const sql = `
-- Symbol and name as the chain had them when the operation began, cleaned; null: none, or an earlier release has begun it.
alter table cto.operations add column token_label jsonb;
`;
