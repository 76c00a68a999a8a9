/**
 * Reads the fields of both programs' token accounts that we need to close an account.
 * Layouts: spl-token `state.rs`, token-2022 `extension/mod.rs`.
 */
import { getAddressDecoder } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { z } from "zod";
import { forEachLimited } from "../base/parallel.ts";
import type { Address, Fetched, RawAccount, Settled, TokenAccount, TokenState } from "../engine/ports.ts";
import type { AccountReader } from "./accounts.ts";
import { addressAnswer, base64Data, inContext, lamportsAnswer } from "./answers.ts";
import { isTooMany } from "./refusals.ts";
import type { Rpc } from "./rpc.ts";

const TOKEN_2022_PROGRAM_ADDRESS = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;

const SIZE = 165;
/** Offsets in both programs' `Account`; the options stand as four bytes, 1 for "some", before their value. */
const ACCOUNT = {
  mint: 0,
  owner: 32,
  amount: 64,
  delegate: 72,
  state: 108,
  isNative: 109,
  closeAuthority: 129,
} as const;
const OPTION_TAG_SIZE = 4;
const UNINITIALIZED = 0;
const MULTISIG_SIZE = 355;
/** Token-2022 pads every extended account to 165 bytes and then stores the account's type. */
const TYPE_ACCOUNT = 2;

/** A Token-2022 account whose fields of these extensions are not zero cannot be closed, even if it is empty. */
const MUST_BE_ZERO: Readonly<Record<number, readonly [from: number, to: number]>> = {
  2: [0, 8], // TransferFeeAmount: the withheld fees.
  5: [33, 225], // ConfidentialTransferAccount: both pending balances and the available one.
  17: [0, 64], // ConfidentialTransferFeeAmount: the withheld fees.
};
const EXTENSION_HEAD = 4;

/** Whether an extension holds something that keeps the account open. The extensions follow the account's type. */
function holdsInExtensions(data: Uint8Array): boolean {
  const fields = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = SIZE + 1; at + EXTENSION_HEAD <= data.length; ) {
    const [type, size] = [fields.getUint16(at, true), fields.getUint16(at + 2, true)];
    if (type === 0) return false;
    const [from, to] = MUST_BE_ZERO[type] ?? [0, 0];
    const value = data.subarray(at + EXTENSION_HEAD, at + EXTENSION_HEAD + size);
    if (value.subarray(from, to).some((byte) => byte !== 0)) return true;
    at += EXTENSION_HEAD + size;
  }
  return false;
}

const isTokenAccount = ({ owner, data }: RawAccount): boolean => {
  if (owner !== TOKEN_PROGRAM_ADDRESS && owner !== TOKEN_2022_PROGRAM_ADDRESS) return false;
  if (data.length === SIZE) return true;
  const extended = data.length > SIZE && data.length !== MULTISIG_SIZE && data[SIZE] === TYPE_ACCOUNT;
  return owner === TOKEN_2022_PROGRAM_ADDRESS && extended;
};

/**
 * Returns null if there is no token account. We read field by field, because an endpoint may return bytes that no program
 * writes, and a decoder would throw on them.
 */
function toTokenAccount(address: Address, account: RawAccount): TokenAccount | null {
  if (!isTokenAccount(account) || account.data[ACCOUNT.state] === UNINITIALIZED) return null;
  const { data } = account;
  const fields = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const addressAt = (offset: number): Address => getAddressDecoder().decode(data, offset);
  const isSet = (offset: number): boolean => fields.getUint32(offset, true) !== 0;
  const owner = addressAt(ACCOUNT.owner);
  const amount = fields.getBigUint64(ACCOUNT.amount, true);
  const wrapsSol = isSet(ACCOUNT.isNative);
  const mayClose =
    !isSet(ACCOUNT.closeAuthority) || addressAt(ACCOUNT.closeAuthority + OPTION_TAG_SIZE) === owner;
  return {
    address,
    program: account.owner,
    owner,
    lamports: account.lamports,
    closable: mayClose && (wrapsSol || amount === 0n) && !holdsInExtensions(data),
    wrapsSol,
  };
}

/** A token account's holder and amount, and who else may move its tokens. Null without a token account. */
export function tokenStateOf(account: RawAccount | null): TokenState | null {
  if (account === null || !isTokenAccount(account) || account.data[ACCOUNT.state] === UNINITIALIZED)
    return null;
  const { data } = account;
  const fields = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const addressAt = (offset: number): Address => getAddressDecoder().decode(data, offset);
  const optionAt = (offset: number): Address | null =>
    fields.getUint32(offset, true) === 0 ? null : addressAt(offset + OPTION_TAG_SIZE);
  return {
    mint: addressAt(ACCOUNT.mint),
    owner: addressAt(ACCOUNT.owner),
    amount: fields.getBigUint64(ACCOUNT.amount, true),
    delegate: optionAt(ACCOUNT.delegate),
    closeAuthority: optionAt(ACCOUNT.closeAuthority),
  };
}

/** The base units in a token account of either program. Null without a token account. */
export const tokensIn = (account: RawAccount | null): bigint | null => tokenStateOf(account)?.amount ?? null;

/** Returns the token accounts among these accounts. */
export const tokenAccountsIn = (accounts: Fetched["accounts"]): ReadonlyMap<Address, TokenAccount> =>
  new Map(
    [...accounts].flatMap(([address, account]) => {
      const token = account && toTokenAccount(address, account);
      return token ? [[address, token] as const] : [];
    }),
  );

/** Reads the addresses and returns the token accounts among them. */
export async function readTokenAccounts(
  read: AccountReader,
  addresses: readonly Address[],
): Promise<ReadonlyMap<Address, TokenAccount>> {
  if (addresses.length === 0) return new Map();
  return tokenAccountsIn((await read(addresses)).accounts);
}

const found = z.array(
  z.object({
    pubkey: addressAnswer,
    account: z.object({ owner: addressAnswer, lamports: lamportsAnswer, data: base64Data }),
  }),
);

/** The node's index leaves out owners of very many accounts. */
const NOT_INDEXED = -32_010;

/**
 * Returns all token accounts of an owner, of both programs. Returns none of a program whose accounts are too many for
 * one answer: strangers can open accounts for any owner, and this method has no pages.
 */
export async function findTokenAccounts(
  rpc: Rpc,
  owner: Address,
  commitment: Settled,
): Promise<readonly TokenAccount[]> {
  const pages = await Promise.all(
    [TOKEN_PROGRAM_ADDRESS, TOKEN_2022_PROGRAM_ADDRESS].map((programId) =>
      rpc.call({
        method: "getTokenAccountsByOwner",
        params: [owner, { programId }, { encoding: "base64", commitment }],
        schema: inContext(found).nullable(),
        tooLarge: null,
        settle: (error) => (error.code === NOT_INDEXED || isTooMany(error) ? null : undefined),
      }),
    ),
  );
  return pages.flatMap((page) =>
    (page?.value ?? []).flatMap(({ pubkey, account }) => toTokenAccount(pubkey, account) ?? []),
  );
}

/** Owners whose accounts are asked for at once. */
const OWNERS_AT_ONCE = 8;

/**
 * Returns what each owner holds of a mint, base units: the sum over all of its token accounts of the mint's program, as anyone
 * may open more than the associated one. One request for each owner. Null: the owner has too many accounts for one answer.
 */
export async function readHoldings(
  rpc: Rpc,
  owners: readonly Address[],
  mint: Address,
  commitment: Settled,
): Promise<ReadonlyMap<Address, bigint | null>> {
  const holdings = new Map<Address, bigint | null>();
  await forEachLimited(owners, OWNERS_AT_ONCE, async (owner) => {
    const page = await rpc.call({
      method: "getTokenAccountsByOwner",
      params: [owner, { mint }, { encoding: "base64", commitment }],
      schema: inContext(found).nullable(),
      tooLarge: null,
      settle: (error) => (error.code === NOT_INDEXED || isTooMany(error) ? null : undefined),
    });
    const states = page?.value.map(({ account }) => tokenStateOf(account)) ?? null;
    const own = states?.map((state) => (state?.owner === owner && state.mint === mint ? state.amount : 0n));
    holdings.set(owner, own?.reduce((sum, amount) => sum + amount, 0n) ?? null);
  });
  return holdings;
}
