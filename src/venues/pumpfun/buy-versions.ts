/**
 * Defines the exact-input buys that pump.fun's program has had, newest first, and their accounts. All have the same
 * price. The simulation shows which of them the deployed program accepts: see ../versions.ts.
 */
import type { AccountMeta, Address } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { NOBODY } from "../bytes.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { DirectBuy } from "../venue.ts";
import { tokenAccountOf } from "../wrapped-sol.ts";
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
import { rentsOfFirst, rentsOfV2, rentsOfV3 } from "./rents.ts";

type Parts = {
  readonly market: PumpfunMarket;
  readonly buyer: Address;
  /** The buyer's associated token account of the mint. */
  readonly tokenAccount: Address;
};

/** For a curve that is quoted in SOL, the instruction names these accounts, but they need not exist. */
const wrappedOf = (owner: Address): Promise<Address> =>
  tokenAccountOf(owner, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);

/** Source: pump.fun's public documentation, `instructions/TRADE_V3.md`. */
const accountsOfV3 = async ({ market, buyer, tokenAccount }: Parts): Promise<AccountMeta[]> => {
  const { mint, tokenProgram, buybackFeeRecipient } = market;
  const curve = await curveOf(mint);
  return [
    reads(await globalAddress()),
    reads(mint),
    reads(WRAPPED_SOL_MINT),
    reads(tokenProgram),
    reads(TOKEN_PROGRAM_ADDRESS),
    writes(curve),
    writes(await tokenAccountOf(curve, mint, tokenProgram)),
    writes(await wrappedOf(curve)),
    signs(buyer),
    writes(tokenAccount),
    writes(await wrappedOf(buyer)),
    writes(await userVolumeOf(buyer)),
    reads(await feeConfigOf(PUMP_PROGRAM)),
    writes(buybackFeeRecipient),
    reads(SYSTEM_PROGRAM_ADDRESS),
    reads(await eventAuthority()),
    reads(PUMP_PROGRAM),
  ];
};

/** Source: the IDL named in program.ts. */
const accountsOfV2 = async ({ market, buyer, tokenAccount }: Parts): Promise<AccountMeta[]> => {
  const { mint, tokenProgram, creator, feeRecipient, buybackFeeRecipient } = market;
  const [curve, vault, volume] = await Promise.all([
    curveOf(mint),
    creatorVaultOf(creator ?? NOBODY),
    userVolumeOf(buyer),
  ]);
  return [
    reads(await globalAddress()),
    reads(mint),
    reads(WRAPPED_SOL_MINT),
    reads(tokenProgram),
    reads(TOKEN_PROGRAM_ADDRESS),
    reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
    writes(feeRecipient),
    writes(await wrappedOf(feeRecipient)),
    writes(buybackFeeRecipient),
    writes(await wrappedOf(buybackFeeRecipient)),
    writes(curve),
    writes(await tokenAccountOf(curve, mint, tokenProgram)),
    writes(await wrappedOf(curve)),
    signs(buyer),
    writes(tokenAccount),
    writes(await wrappedOf(buyer)),
    writes(vault),
    writes(await wrappedOf(vault)),
    reads(await sharingConfigOf(mint)),
    reads(await globalVolume()),
    writes(volume),
    writes(await wrappedOf(volume)),
    reads(await feeConfigOf(PUMP_PROGRAM)),
    reads(PUMP_FEES_PROGRAM),
    reads(SYSTEM_PROGRAM_ADDRESS),
    reads(await eventAuthority()),
    reads(PUMP_PROGRAM),
  ];
};

/** Source: the IDL named in program.ts. Its SDK appends the two accounts after the first sixteen. */
const accountsOfFirst = async ({ market, buyer, tokenAccount }: Parts): Promise<AccountMeta[]> => {
  const { mint, tokenProgram, creator, feeRecipient, buybackFeeRecipient } = market;
  const curve = await curveOf(mint);
  return [
    reads(await globalAddress()),
    writes(feeRecipient),
    reads(mint),
    writes(curve),
    writes(await tokenAccountOf(curve, mint, tokenProgram)),
    writes(tokenAccount),
    signs(buyer),
    reads(SYSTEM_PROGRAM_ADDRESS),
    reads(tokenProgram),
    writes(await creatorVaultOf(creator ?? NOBODY)),
    reads(await eventAuthority()),
    reads(PUMP_PROGRAM),
    reads(await globalVolume()),
    writes(await userVolumeOf(buyer)),
    reads(await feeConfigOf(PUMP_PROGRAM)),
    reads(PUMP_FEES_PROGRAM),
    // A program version that does not use these two accounts ignores them.
    reads(await secondCurveOf(mint)),
    ...(buybackFeeRecipient === NOBODY ? [] : [writes(buybackFeeRecipient)]),
  ];
};

type Version = {
  readonly name: string;
  readonly discriminator: readonly number[];
  /** The bytes after the two amounts. */
  readonly tail: readonly number[];
  /** Whether the program accepts this version for the coin. */
  serves(market: PumpfunMarket): boolean;
  accounts(parts: Parts): Promise<AccountMeta[]>;
  /** The lamports that the program takes from the buyer for accounts that it opens or extends. */
  rents(market: PumpfunMarket, buy: DirectBuy): Promise<bigint>;
};

const namesBuyback = ({ buybackFeeRecipient }: PumpfunMarket): boolean => buybackFeeRecipient !== NOBODY;

export const BUY_VERSIONS: readonly Version[] = [
  {
    // Seventeen accounts: the fees stay on the curve until someone collects them.
    name: "buy_exact_quote_in_v3",
    discriminator: [225, 247, 80, 30, 213, 179, 132, 136],
    // partial_fill: OptionBool(false)
    tail: [0],
    // The program refuses coins that return their fees to buyers (6094).
    serves: (market) => !market.isCashback && namesBuyback(market),
    accounts: accountsOfV3,
    rents: rentsOfV3,
  },
  {
    name: "buy_exact_quote_in_v2",
    discriminator: [194, 171, 28, 70, 104, 77, 91, 47],
    tail: [],
    serves: namesBuyback,
    accounts: accountsOfV2,
    rents: rentsOfV2,
  },
  {
    name: "buy_exact_sol_in",
    discriminator: [56, 252, 116, 8, 158, 223, 205, 95],
    // track_volume: OptionBool(true)
    tail: [1],
    serves: () => true,
    accounts: accountsOfFirst,
    rents: rentsOfFirst,
  },
];
