/**
 * A buy on the curve: exact lamports in. Account order and data: `buy_exact_sol_in` and `buy_exact_quote_in_v2` of the
 * IDL in @pump-fun/pump-sdk 2.0.0; the two accounts after the sixteen are those that its SDK appends.
 */
import type { AccountMeta, Address, Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { openTokenAccount, tokenAccountOf } from "../wrapped-sol.ts";
import type { PumpfunMarket } from "./market.ts";
import {
  creatorVaultOf,
  curveOf,
  eventAuthority,
  globalAddress,
  globalVolume,
  PUMP_PROGRAM,
  secondCurveOf,
  sharingConfigOf,
  userVolumeOf,
} from "./program.ts";

const NOBODY = SYSTEM_PROGRAM_ADDRESS;

/** Rents that the buy takes from the buyer: a wallet's volume accumulator (137 bytes), a creator's first vault (0 bytes). */
const USER_VOLUME_RENT = 1_844_400n;
const CREATOR_VAULT_RENT = 890_880n;

type Parts = {
  readonly market: PumpfunMarket;
  readonly buy: DirectBuy;
  readonly tokenAccount: Address;
};

const legacyAccounts = async ({ market, buy, tokenAccount }: Parts): Promise<AccountMeta[]> => {
  const { mint, tokenProgram, creator, feeRecipient, buybackFeeRecipient } = market;
  const curve = await curveOf(mint);
  return [
    reads(await globalAddress()),
    writes(feeRecipient),
    reads(mint),
    writes(curve),
    writes(await tokenAccountOf(curve, mint, tokenProgram)),
    writes(tokenAccount),
    signs(buy.buyer),
    reads(SYSTEM_PROGRAM_ADDRESS),
    reads(tokenProgram),
    writes(await creatorVaultOf(creator ?? NOBODY)),
    reads(await eventAuthority()),
    reads(PUMP_PROGRAM),
    reads(await globalVolume()),
    writes(await userVolumeOf(buy.buyer)),
    reads(await feeConfigOf(PUMP_PROGRAM)),
    reads(PUMP_FEES_PROGRAM),
    // A program that does not know these two looks past them.
    reads(await secondCurveOf(mint)),
    ...(buybackFeeRecipient === NOBODY ? [] : [writes(buybackFeeRecipient)]),
  ];
};

const quotedAccounts = async ({ market, buy, tokenAccount }: Parts): Promise<AccountMeta[]> => {
  const { mint, tokenProgram, creator, feeRecipient, buybackFeeRecipient } = market;
  const [curve, vault, volume] = await Promise.all([
    curveOf(mint),
    creatorVaultOf(creator ?? NOBODY),
    userVolumeOf(buy.buyer),
  ]);
  const wrapped = (owner: Address) => tokenAccountOf(owner, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);
  return [
    reads(await globalAddress()),
    reads(mint),
    reads(WRAPPED_SOL_MINT),
    reads(tokenProgram),
    reads(TOKEN_PROGRAM_ADDRESS),
    reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
    writes(feeRecipient),
    writes(await wrapped(feeRecipient)),
    writes(buybackFeeRecipient),
    writes(await wrapped(buybackFeeRecipient)),
    writes(curve),
    writes(await tokenAccountOf(curve, mint, tokenProgram)),
    writes(await wrapped(curve)),
    signs(buy.buyer),
    writes(tokenAccount),
    writes(await wrapped(buy.buyer)),
    writes(vault),
    writes(await wrapped(vault)),
    reads(await sharingConfigOf(mint)),
    reads(await globalVolume()),
    writes(volume),
    writes(await wrapped(volume)),
    reads(await feeConfigOf(PUMP_PROGRAM)),
    reads(PUMP_FEES_PROGRAM),
    reads(SYSTEM_PROGRAM_ADDRESS),
    reads(await eventAuthority()),
    reads(PUMP_PROGRAM),
  ];
};

type Version = {
  readonly name: string;
  readonly discriminator: readonly number[];
  /** What follows the two amounts. */
  readonly tail: readonly number[];
  accounts(parts: Parts): Promise<AccountMeta[]>;
};

/** The family of buys with an exact input, newest first. A deployed program may know only the older of them. */
export const BUY_VERSIONS: readonly Version[] = [
  {
    name: "buy_exact_quote_in_v2",
    discriminator: [194, 171, 28, 70, 104, 77, 91, 47],
    tail: [],
    accounts: quotedAccounts,
  },
  {
    name: "buy_exact_sol_in",
    discriminator: [56, 252, 116, 8, 158, 223, 205, 95],
    // track_volume: OptionBool(true)
    tail: [1],
    accounts: legacyAccounts,
  },
];

/** @param version an index of {@link BUY_VERSIONS} */
export const instructions = async (
  market: PumpfunMarket,
  buy: DirectBuy,
  version: number,
): Promise<BuiltBuy> => {
  const { mint, tokenProgram, creator } = market;
  const chosen = BUY_VERSIONS[version] ?? BUY_VERSIONS[BUY_VERSIONS.length - 1];
  if (chosen === undefined) throw new RangeError("pump.fun has no buy instruction");
  const tokenAccount = await tokenAccountOf(buy.buyer, mint, tokenProgram);
  const swap: Instruction = {
    programAddress: PUMP_PROGRAM,
    accounts: await chosen.accounts({ market, buy, tokenAccount }),
    data: instructionData(chosen.discriminator, [buy.lamports, buy.minTokensOut], chosen.tail),
  };
  const opens = async (account: Promise<Address>, rent: bigint): Promise<bigint> =>
    (buy.fetched.accounts.get(await account)?.lamports ?? 0n) > 0n ? 0n : rent;
  const rents = await Promise.all([
    opens(userVolumeOf(buy.buyer), USER_VOLUME_RENT),
    creator === null ? 0n : opens(creatorVaultOf(creator), CREATOR_VAULT_RENT),
  ]);
  return {
    setup: [openTokenAccount(buy, tokenAccount, mint, tokenProgram)],
    swap: [swap],
    cleanup: [],
    venueRentLamports: rents.reduce((sum, rent) => sum + rent, 0n),
    transientLamports: 0n,
  };
};
