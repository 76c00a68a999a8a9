/**
 * Which mints are not bought, although they trade: those whose tokens the buyer could not move again, or whose transfers
 * run somebody's program. Extension types and layouts: token-2022 `extension/mod.rs`.
 *
 * An authority that may freeze accounts, close the mint or move tokens away (a permanent delegate) does not refuse a
 * mint: large tokens have them. Who buys decides about such trust, and explorers show it.
 */
import type { RawAccount } from "../engine/ports.ts";
import { mintExtension } from "./token-layout.ts";

const DEFAULT_ACCOUNT_STATE = 6;
const NON_TRANSFERABLE = 9;
const TRANSFER_HOOK = 14;
const PAUSABLE = 26;

const FROZEN = 2;

/** A phrase for people; null when the mint may be bought. */
export const whyUnsupported = (mint: RawAccount): string | null => {
  const extension = (type: number): Uint8Array | null => mintExtension(mint, type);
  if (extension(NON_TRANSFERABLE) !== null) return "its tokens cannot be transferred";
  if (extension(DEFAULT_ACCOUNT_STATE)?.[0] === FROZEN)
    return "its token accounts are frozen when they are opened";
  // An authority, then the program; zeros mean that there is none.
  if (
    extension(TRANSFER_HOOK)
      ?.subarray(32, 64)
      .some((byte) => byte !== 0)
  )
    return "its transfers run a program of its issuer (a transfer hook)";
  // An authority, then whether it is paused.
  if (extension(PAUSABLE)?.[32] === 1) return "its issuer has paused its transfers";
  return null;
};
