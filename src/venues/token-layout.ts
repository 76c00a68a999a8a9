/**
 * Reads mints and token accounts of the Token and the Token-2022 program, and calculates the rent of an associated
 * token account (ATA). Layouts: spl-token `state.rs` and token-2022 `extension/mod.rs`.
 */
import { type Address, address, type Lamports } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { type ClusterFacts, type RawAccount, rentExemption, rentToOpen } from "../engine/ports.ts";
import { fieldsOf } from "./bytes.ts";

export const TOKEN_2022_PROGRAM_ADDRESS = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
export const WRAPPED_SOL_MINT = address("So11111111111111111111111111111111111111112");
export const TOKEN_PROGRAMS: readonly Address[] = [TOKEN_PROGRAM_ADDRESS, TOKEN_2022_PROGRAM_ADDRESS];

const MINT_SIZE = 82;
/** Offsets in both programs' `Mint`. */
const MINT = { supply: 36, decimals: 44, isInitialized: 45 } as const;
export const TOKEN_ACCOUNT_SIZE = 165;
/** The offset in both programs' `Account`: after mint and owner. */
const AMOUNT_OFFSET = 64;
const MULTISIG_SIZE = 355;
/** Token-2022 pads every extended account to 165 bytes; the next byte is the account's type. */
const TYPE_OFFSET = 165;
const TYPE_MINT = 1;
const TYPE_ACCOUNT = 2;

const hasBaseLayout = (account: RawAccount, baseSize: number, type: number): boolean => {
  const { data, owner } = account;
  if (data.length === baseSize) return TOKEN_PROGRAMS.includes(owner);
  return (
    owner === TOKEN_2022_PROGRAM_ADDRESS &&
    data.length > TYPE_OFFSET &&
    data.length !== MULTISIG_SIZE &&
    data[TYPE_OFFSET] === type
  );
};

/** Returns the decimals of a mint, or the reason in words why the account is not a mint that can be bought. */
export const readMint = (account: RawAccount): { decimals: number } | { invalid: string } => {
  if (!TOKEN_PROGRAMS.includes(account.owner))
    return { invalid: `it belongs to ${account.owner}, not to a token program` };
  if (!hasBaseLayout(account, MINT_SIZE, TYPE_MINT)) return { invalid: "it is not a mint account" };
  // We read each field alone, because a decoder would throw on a byte that no program writes.
  const mint = fieldsOf(account.data);
  if (mint.u8(MINT.isInitialized) === 0) return { invalid: "the mint is not initialised" };
  if (mint.u64(MINT.supply) === 0n) return { invalid: "the mint has no supply" };
  return { decimals: mint.u8(MINT.decimals) };
};

/**
 * Base units in a token account; null if there is no token account of this mint and owner at the address. An ATA's
 * address with lamports alone is not a token account: the ATA program can still create one there.
 */
export const readTokens = (account: RawAccount | null, mint: Address, owner: Address): bigint | null => {
  if (account === null || !hasBaseLayout(account, TOKEN_ACCOUNT_SIZE, TYPE_ACCOUNT)) return null;
  const token = fieldsOf(account.data);
  return token.address(0) === mint && token.address(32) === owner ? token.u64(AMOUNT_OFFSET) : null;
};

/** Whether the account has the layout of a token account of its program. */
export const isTokenAccount = (account: RawAccount): boolean =>
  hasBaseLayout(account, TOKEN_ACCOUNT_SIZE, TYPE_ACCOUNT);

/** Base units in a vault of any owner; null if the account is not a token account. */
export const vaultBalance = (account: RawAccount | null | undefined): bigint | null => {
  if (account == null || !hasBaseLayout(account, TOKEN_ACCOUNT_SIZE, TYPE_ACCOUNT)) return null;
  return fieldsOf(account.data).u64(AMOUNT_OFFSET);
};

/** Layout of both programs' `Account`: the state follows mint, owner, amount and delegate. */
const STATE_OFFSET = 108;
const FROZEN = 2;

/** Returns whether a token account (see {@link readTokens}) is frozen: a frozen account cannot receive tokens. */
export const isFrozen = (account: RawAccount): boolean => account.data[STATE_OFFSET] === FROZEN;

/** The bytes that each mint extension adds to every token account (4 of them for type and length). */
const ACCOUNT_BYTES_OF_MINT_EXTENSION: Readonly<Record<number, number>> = {
  1: 4 + 8, // TransferFeeConfig -> TransferFeeAmount
  9: 4, // NonTransferable -> NonTransferableAccount
  14: 4 + 1, // TransferHook -> TransferHookAccount
  26: 4, // Pausable -> PausableAccount
};
/** The ATA program adds the ImmutableOwner extension to every Token-2022 ATA. */
const IMMUTABLE_OWNER_BYTES = 4;

/**
 * The extensions of a Token-2022 mint or token account. Each entry is a u16 type, a u16 length and the value; type 0
 * means unused space.
 */
const extensionsOf = ({ owner, data }: RawAccount): { type: number; value: Uint8Array }[] => {
  if (owner !== TOKEN_2022_PROGRAM_ADDRESS) return [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const found: { type: number; value: Uint8Array }[] = [];
  for (let at = TYPE_OFFSET + 1; at + 4 <= data.length; ) {
    const type = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (type === 0 || end > data.length) break;
    found.push({ type, value: data.subarray(at + 4, end) });
    at = end;
  }
  return found;
};

/**
 * The value of one extension of a mint or token account; null if it has no such extension. Types: token-2022
 * `ExtensionType`.
 */
export const extensionOf = (account: RawAccount, type: number): Uint8Array | null =>
  extensionsOf(account).find((extension) => extension.type === type)?.value ?? null;

/** The size of an ATA of this mint. It is larger under Token-2022 than under Token. */
export const accountSizeFor = (mint: RawAccount): number => {
  if (mint.owner !== TOKEN_2022_PROGRAM_ADDRESS) return TOKEN_ACCOUNT_SIZE;
  return extensionsOf(mint).reduce(
    (size, { type }) => size + (ACCOUNT_BYTES_OF_MINT_EXTENSION[type] ?? 0),
    TYPE_OFFSET + 1 + IMMUTABLE_OWNER_BYTES,
  );
};

/** The rate for calculating rents. */
type Rate = Pick<ClusterFacts, "lamportsPerByte">;

/** What it costs to open an ATA of the Token program, also of wrapped SOL; 0 if it is open. @param account what is at its address now */
export const tokenAccountToOpen = (rate: Rate, account: RawAccount | null | undefined): Lamports =>
  rentToOpen(rate, TOKEN_ACCOUNT_SIZE, account) as Lamports;

/** The rent of an ATA of this mint in lamports. It is higher under Token-2022 than under Token. */
export const associatedAccountRent = (rate: Rate, mint: RawAccount): Lamports =>
  rentExemption(rate, accountSizeFor(mint));

/** What it costs to open an ATA of this mint; 0 if it is open. @param account what is at its address now */
export const associatedAccountToOpen = (
  rate: Rate,
  mint: RawAccount,
  account: RawAccount | null | undefined,
): Lamports => rentToOpen(rate, accountSizeFor(mint), account) as Lamports;
