/** What binds an operation once its first market has opened. */
export const sql = `
alter table cto.legs add column least_tokens numeric(20, 0);
`;
