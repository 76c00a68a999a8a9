/**
 * Checks whether a wallet can take part in a buy, from the survey's accounts.
 *
 * A swap would fail on such a wallet with only an error number of its program. We describe the problem in words
 * before anything is signed. Layouts: spl-token `state.rs`, token-2022 `extension/mod.rs`, `memo_transfer/mod.rs` and
 * `confidential_transfer/mod.rs`.
 */
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import type { Address, RawAccount } from "../engine/ports.ts";
import { fieldsOf } from "./bytes.ts";
import { extensionOf, isFrozen, isTokenAccount } from "./token-layout.ts";

/**
 * Offsets in both programs' `Account`. An option has four bytes before its value; they are not zero if the value
 * exists.
 */
const ACCOUNT = { mint: 0, owner: 32, delegate: 72, closeAuthority: 129 } as const;
const OPTION_TAG_SIZE = 4;

const CONFIDENTIAL_TRANSFER_ACCOUNT = 5;
/** The offset in that extension: after a flag, a key, four ciphertexts and another flag. */
const ALLOWS_OPEN_CREDITS = 262;
const MEMO_TRANSFER = 8;

/** Why a wallet cannot pay; null if it can. A wallet that does not exist yet is acceptable. */
export const whyNotPayer = (wallet: RawAccount | null): string | null => {
  if (wallet === null) return null;
  if (wallet.owner !== SYSTEM_PROGRAM_ADDRESS) return `it belongs to the program ${wallet.owner}`;
  // The System program moves lamports only out of accounts without data.
  return wallet.data.length === 0 ? null : "it holds data (a nonce account, for example)";
};

const optionAt = (data: Uint8Array, offset: number): Address | null => {
  const fields = fieldsOf(data);
  return fields.u32(offset) === 0 ? null : fields.address(offset + OPTION_TAG_SIZE);
};

/** The account's own settings that prevent or endanger a buy into it. */
const faultsOf = (account: RawAccount, owner: Address): string[] => {
  const { data } = account;
  const delegate = optionAt(data, ACCOUNT.delegate);
  const closer = optionAt(data, ACCOUNT.closeAuthority);
  const memos = extensionOf(account, MEMO_TRANSFER)?.[0] === 1;
  const confidential = extensionOf(account, CONFIDENTIAL_TRANSFER_ACCOUNT);
  return [
    ...(isFrozen(account) ? ["is frozen"] : []),
    ...(delegate === null ? [] : [`may be spent by ${delegate}, its delegate`]),
    ...(closer === null || closer === owner ? [] : [`can be closed by ${closer} alone`]),
    ...(memos ? ["demands a memo with every incoming transfer"] : []),
    ...(confidential !== null && confidential[ALLOWS_OPEN_CREDITS] === 0
      ? ["takes confidential transfers alone"]
      : []),
  ];
};

/** The expected properties of a token account, and its name for people. */
export type Expected = {
  readonly what: string;
  readonly address: Address;
  readonly mint: Address;
  readonly owner: Address;
  readonly tokenProgram: Address;
};

/**
 * The problems of a buy through this associated token account; phrases for people. An account that does not exist has
 * no problems: lamports alone at its address do not prevent the program from opening it.
 */
export const faultsOfTokenAccount = (account: RawAccount | null, expected: Expected): string[] => {
  const { what, address, mint, owner, tokenProgram } = expected;
  const name = `its ${what} ${address}`;
  if (account === null || account.owner === SYSTEM_PROGRAM_ADDRESS) return [];
  if (account.owner !== tokenProgram) return [`${name} belongs to the program ${account.owner}`];
  if (!isTokenAccount(account)) return [`${name} is no token account`];
  const fields = fieldsOf(account.data);
  if (fields.address(ACCOUNT.mint) !== mint) return [`${name} is one of another mint`];
  const holder = fields.address(ACCOUNT.owner);
  if (holder !== owner) return [`${name} has another owner, ${holder}`];
  return faultsOf(account, owner).map((fault) => `${name} ${fault}`);
};
