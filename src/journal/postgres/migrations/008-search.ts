/** Adds indexes for the search of operations, and disabled wallets, which new operations do not use. */
export const sql = `
create index operations_by_token on cto.operations ((request ->> 'tokenAddress'), number);
create index operations_by_id_prefix on cto.operations (id text_pattern_ops);
create index operations_by_creation on cto.operations (created_at);
create index legs_by_wallet on cto.legs (wallet_id);
create index legs_by_address on cto.legs (address);

alter table cto.wallets add column disabled_at timestamptz;
`;
