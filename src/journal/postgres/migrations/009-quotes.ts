/** What the venue quoted for an attempt when it was signed. */
export const sql = `
alter table cto.attempts add column quoted_tokens_out numeric(20, 0);
`;
