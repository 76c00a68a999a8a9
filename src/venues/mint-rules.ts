/**
 * Which mints are not bought, although they trade: those whose tokens the buyer could not move again, or whose transfers
 * run somebody's program. Extension types and layouts: token-2022 `extension/mod.rs`.
 *
 * What an issuer may still do to the buyers (freeze accounts, pause transfers, move tokens away) does not refuse a mint:
 * large tokens have such authorities. Who buys decides about that trust, and is told.
 */
import type { RawAccount } from "../engine/ports.ts";
import { extensionOf } from "./token-layout.ts";
import { transferFeeOf } from "./transfer-fee.ts";

const DEFAULT_ACCOUNT_STATE = 6;
const NON_TRANSFERABLE = 9;
const PERMANENT_DELEGATE = 12;
const TRANSFER_HOOK = 14;
const PAUSABLE = 26;

const FROZEN = 2;

/** An optional address of the base layout: whether there is one, as a u32. */
const FREEZE_AUTHORITY = 46;

const isSet = (address: Uint8Array | undefined): boolean => address?.some((byte) => byte !== 0) ?? false;

/** A phrase for people; null when the mint may be bought. */
export const whyUnsupported = (mint: RawAccount): string | null => {
  const extension = (type: number): Uint8Array | null => extensionOf(mint, type);
  if (extension(NON_TRANSFERABLE) !== null) return "its tokens cannot be transferred";
  if (extension(DEFAULT_ACCOUNT_STATE)?.[0] === FROZEN)
    return "its token accounts are frozen when they are opened";
  // An authority, then the program; zeros mean that there is none.
  if (isSet(extension(TRANSFER_HOOK)?.subarray(32, 64)))
    return "its transfers run a program of its issuer (a transfer hook)";
  // An authority, then whether it is paused.
  if (extension(PAUSABLE)?.[32] === 1) return "its issuer has paused its transfers";
  return null;
};

/** What those who hold the token must trust its issuer with; phrases for people. */
export const trustsOf = (mint: RawAccount): string[] => {
  const { bps } = transferFeeOf(mint);
  return [
    ...(mint.data[FREEZE_AUTHORITY] === 1 ? ["its issuer may freeze token accounts"] : []),
    ...(isSet(extensionOf(mint, PERMANENT_DELEGATE) ?? undefined)
      ? ["its issuer may take tokens out of any account (a permanent delegate)"]
      : []),
    ...(isSet(extensionOf(mint, PAUSABLE)?.subarray(0, 32)) ? ["its issuer may pause its transfers"] : []),
    ...(bps > 0n ? [`its mint takes ${bps} bps of every transfer, which quotes count`] : []),
  ];
};
