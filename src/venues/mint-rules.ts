/**
 * Defines which mints we do not buy, although they trade: those whose tokens the buyer could not transfer again, or
 * whose transfers run another party's program. Extension types and layouts: token-2022 `extension/mod.rs`.
 *
 * An issuer may still have powers over the buyers (to freeze accounts, pause transfers, move tokens away). We do not
 * refuse such a mint, because large tokens have such authorities. The buyer decides whether to trust the issuer, and
 * we show these powers.
 */
import type { Fetched, RawAccount, ShownAs, Survey } from "../engine/ports.ts";
import { clockOf } from "./clock.ts";
import { extensionOf } from "./token-layout.ts";
import { transferFeeOf, transferFeesOf } from "./transfer-fee.ts";
import { viewsOf } from "./views.ts";

/** The extensions of these types begin with the authority that may change them; zeros mean that there is none. */
const TRANSFER_FEE_CONFIG = 1;
const INTEREST_BEARING = 10;
const SCALED_AMOUNT = 25;

const DEFAULT_ACCOUNT_STATE = 6;
const NON_TRANSFERABLE = 9;
const PERMANENT_DELEGATE = 12;
const TRANSFER_HOOK = 14;
const PAUSABLE = 26;

const FROZEN = 2;

/** Offsets of optional addresses in the base layout: a u32 says whether the address exists. */
const MINT_AUTHORITY = 0;
const FREEZE_AUTHORITY = 46;

const isSet = (address: Uint8Array | undefined): boolean => address?.some((byte) => byte !== 0) ?? false;

/** Returns a phrase for people, or null if the mint may be bought. */
export const whyUnsupported = (mint: RawAccount): string | null => {
  const extension = (type: number): Uint8Array | null => extensionOf(mint, type);
  if (extension(NON_TRANSFERABLE) !== null) return "its tokens cannot be transferred";
  if (extension(DEFAULT_ACCOUNT_STATE)?.[0] === FROZEN)
    return "its token accounts are frozen when they are opened";
  // An authority, then the program; zeros mean that there is no program.
  if (isSet(extension(TRANSFER_HOOK)?.subarray(32, 64)))
    return "its transfers run a program of its issuer (a transfer hook)";
  // An authority, then a flag that is 1 if transfers are paused.
  if (extension(PAUSABLE)?.[32] === 1) return "its issuer has paused its transfers";
  return null;
};

/**
 * The transfer fee now, a change that is already scheduled, and whether the issuer may change it; phrases for people.
 */
const feeTrusts = (mint: RawAccount, fetched: Fetched): string[] => {
  const fees = transferFeesOf(mint);
  if (fees === null) return [];
  const { bps } = transferFeeOf(mint, fetched);
  const { newer, changesAt } = fees;
  const isAhead = newer.bps !== bps;
  return [
    ...(bps > 0n ? [`its mint takes ${bps} bps of every transfer, which quotes count`] : []),
    ...(isAhead ? [`its mint takes ${newer.bps} bps of every transfer from epoch ${changesAt} on`] : []),
    ...(hasAuthority(mint, TRANSFER_FEE_CONFIG)
      ? [`its issuer may change the fee of its transfers, which is ${bps} bps now`]
      : []),
  ];
};

/** How wallets show the token's amounts; null: by its decimals alone. */
export const shownAsOf = (mint: RawAccount): ShownAs | null => {
  if (extensionOf(mint, SCALED_AMOUNT) !== null) return "scaled";
  return extensionOf(mint, INTEREST_BEARING) === null ? null : "interest";
};

/** `ScaledUiAmountConfig`: an authority, the multiplier (f64), the time of a new one (i64), the new one (f64). */
const multiplierOf = (mint: RawAccount, fetched: Fetched): number | null => {
  const data = extensionOf(mint, SCALED_AMOUNT);
  if (data === null || data.length < 56) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const now = clockOf(fetched)?.unixSeconds;
  return view.getFloat64(now !== undefined && now >= view.getBigInt64(40, true) ? 48 : 32, true);
};

/** `InterestBearingConfig`: an authority, a time (i64), the rate until then (i16), a time (i64), the rate now (i16). */
const interestOf = (mint: RawAccount): number | null => {
  const data = extensionOf(mint, INTEREST_BEARING);
  if (data === null || data.length < 52) return null;
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getInt16(50, true);
};

const OURS = "the amounts and prices here are the chain's own, without that";

/** Says that wallets show other amounts than we do. */
const shownTrusts = (mint: RawAccount, fetched: Fetched): string[] => {
  const multiplier = multiplierOf(mint, fetched);
  const interest = interestOf(mint);
  return [
    ...(multiplier === null ? [] : [`wallets show its amounts multiplied by ${multiplier}; ${OURS}`]),
    ...(interest === null
      ? []
      : [`wallets show its amounts with interest of ${interest} bps a year; ${OURS}`]),
  ];
};

const hasAuthority = (mint: RawAccount, type: number): boolean =>
  isSet(extensionOf(mint, type)?.subarray(0, 32));

/** Every power that the mint's issuer still has over the holders of the token; phrases for people. */
export const trustsOf = (mint: RawAccount, fetched: Fetched): string[] => {
  const powers: readonly (readonly [boolean, string])[] = [
    [mint.data[MINT_AUTHORITY] === 1, "its issuer may mint more of it"],
    [mint.data[FREEZE_AUTHORITY] === 1, "its issuer may freeze token accounts"],
    [
      hasAuthority(mint, PERMANENT_DELEGATE),
      "its issuer may take tokens out of any account (a permanent delegate)",
    ],
    [hasAuthority(mint, PAUSABLE), "its issuer may pause its transfers"],
    [
      hasAuthority(mint, TRANSFER_HOOK),
      "its issuer may have its transfers run a program (a transfer hook, none is set now)",
    ],
    [
      hasAuthority(mint, INTEREST_BEARING) || hasAuthority(mint, SCALED_AMOUNT),
      "its issuer may change how its amounts are shown",
    ],
  ];
  return [
    ...powers.flatMap(([has, words]) => (has ? [words] : [])),
    ...shownTrusts(mint, fetched),
    ...feeTrusts(mint, fetched),
  ];
};

/**
 * Returns the powers of a mint that the terms of a call may refuse: a fee on transfers, now or later; the freezing of
 * accounts; a program that transfers run, now or later.
 */
export const powersOf = (mint: RawAccount, fetched: Fetched): ("fee" | "freeze" | "hook")[] => [
  ...(feeTrusts(mint, fetched).length > 0 ? (["fee"] as const) : []),
  ...(mint.data[FREEZE_AUTHORITY] === 1 ? (["freeze"] as const) : []),
  ...(extensionOf(mint, TRANSFER_HOOK) === null ? [] : (["hook"] as const)),
];

/**
 * Returns what holds of the mint by any endpoint's accounts. Its bytes are the same for all of them, but each one's clock
 * says which of its fees applies.
 */
export const ofEveryView = <What extends string>(
  survey: Survey,
  read: (mint: RawAccount, fetched: Fetched) => readonly What[],
): What[] => [
  ...new Set(
    viewsOf(survey).flatMap(({ mint, fetched }) => {
      const account = fetched.accounts.get(mint) ?? null;
      return account === null ? [] : read(account, fetched);
    }),
  ),
];
