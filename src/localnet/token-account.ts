/** Reads the fixed parts of SPL Token and Token-2022 accounts and mints (base layouts: `spl_token::state`). */
import { type Address, getAddressDecoder, type ReadonlyUint8Array } from "@solana/kit";

const ACCOUNT_SIZE = 165;
const MINT_SIZE = 82;
/** Token-2022 pads a mint to the size of an account, and then stores the type: mint or account. */
const TYPE_OFFSET = ACCOUNT_SIZE;
const TYPE_MINT = 1;
const TYPE_ACCOUNT = 2;

export type TokenAccount = {
  readonly mint: Address;
  readonly owner: Address;
  /** Token base units. */
  readonly amount: bigint;
  readonly delegate: Address | null;
  readonly delegatedAmount: bigint;
  readonly state: "uninitialized" | "initialized" | "frozen";
  /** For wrapped SOL: the lamports that do not count as tokens. */
  readonly nativeRent: bigint | null;
  readonly closeAuthority: Address | null;
};

export type Mint = {
  readonly mintAuthority: Address | null;
  /** Token base units. */
  readonly supply: bigint;
  readonly decimals: number;
  readonly isInitialized: boolean;
  readonly freezeAuthority: Address | null;
};

const STATES = ["uninitialized", "initialized", "frozen"] as const;

const reader = (data: ReadonlyUint8Array) => {
  const bytes = new Uint8Array(data);
  const view = new DataView(bytes.buffer);
  const key = (at: number): Address => getAddressDecoder().decode(bytes, at);
  return {
    key,
    u8: (at: number) => view.getUint8(at),
    u64: (at: number) => view.getBigUint64(at, true),
    optionalKey: (at: number) => (view.getUint32(at, true) === 1 ? key(at + 4) : null),
    optionalU64: (at: number) => (view.getUint32(at, true) === 1 ? view.getBigUint64(at + 4, true) : null),
  };
};

/** A token account's fields, or null if the data is not an initialised token account. */
export const readTokenAccount = (data: ReadonlyUint8Array): TokenAccount | null => {
  if (data.length !== ACCOUNT_SIZE && !(data.length > TYPE_OFFSET && data[TYPE_OFFSET] === TYPE_ACCOUNT))
    return null;
  const read = reader(data);
  const state = STATES[read.u8(108)];
  if (state === undefined || state === "uninitialized") return null;
  return {
    mint: read.key(0),
    owner: read.key(32),
    amount: read.u64(64),
    delegate: read.optionalKey(72),
    state,
    nativeRent: read.optionalU64(109),
    delegatedAmount: read.u64(121),
    closeAuthority: read.optionalKey(129),
  };
};

/** A mint's fields, or null if the data is not an initialised mint. */
export const readMint = (data: ReadonlyUint8Array): Mint | null => {
  if (data.length !== MINT_SIZE && !(data.length > TYPE_OFFSET && data[TYPE_OFFSET] === TYPE_MINT))
    return null;
  const read = reader(data);
  if (read.u8(45) !== 1) return null;
  return {
    mintAuthority: read.optionalKey(0),
    supply: read.u64(36),
    decimals: read.u8(44),
    isInitialized: true,
    freezeAuthority: read.optionalKey(46),
  };
};

/** An amount as the RPC returns it: exact base units, and decimal forms without trailing zeros. */
export const uiAmount = (amount: bigint, decimals: number) => {
  const digits = amount.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const uiAmountString = decimals > 0 && fraction !== "" ? `${whole}.${fraction}` : whole;
  return { amount: amount.toString(), decimals, uiAmount: Number(uiAmountString), uiAmountString };
};
