/** What binds an operation: the least tokens of each leg, since its first market has opened, and the wallets left out of it. */
export const sql = `
alter table cto.legs add column least_tokens numeric(20, 0);
alter table cto.operations add column left_out jsonb;
alter table cto.attempts add column message_version smallint not null default 0 check (message_version in (0, 1));
`;
