/** Adds the venue's quote at the time when an attempt was signed. */
export const sql = `
alter table cto.attempts add column quoted_tokens_out numeric(20, 0);
`;
