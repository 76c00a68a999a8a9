/**
 * Builds the desk's answer with exactly the fields that Jupiter documents for `GET /swap/v2/build`, so that a client
 * of the desk needs no code that it would not need on mainnet.
 */
import {
  type Address,
  type Blockhash,
  createNoopSigner,
  getBase58Encoder,
  getBase64Decoder,
  type Instruction,
  isSignerRole,
  isWritableRole,
} from "@solana/kit";
import { getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  getCreateAssociatedTokenIdempotentInstructionAsync,
  getTransferCheckedInstruction,
} from "@solana-program/token";
import type { FirmQuote } from "./maker.ts";
import type { BuildQuery } from "./query.ts";
import type { RoutedQuote } from "./routed.ts";

/** The real API would calculate this price from recent blocks. */
const COMPUTE_UNIT_PRICE = 1_000n;

const toJson = ({ programAddress, accounts = [], data = new Uint8Array() }: Instruction) => ({
  programId: programAddress,
  accounts: accounts.map(({ address, role }) => ({
    pubkey: address,
    isSigner: isSignerRole(role),
    isWritable: isWritableRole(role),
  })),
  data: getBase64Decoder().decode(data),
});

/** Pays the desk and takes the tokens out of escrow. Both are in one transaction, so either both happen or neither. */
const instructionsFor = async (desk: Address, query: BuildQuery, { escrow, tokensOut }: FirmQuote) => {
  const { mint, tokenProgram, decimals } = escrow.token;
  const taker = createNoopSigner(query.taker);
  const createAccount = await getCreateAssociatedTokenIdempotentInstructionAsync({
    payer: createNoopSigner(query.payer ?? query.taker),
    owner: query.taker,
    mint,
    tokenProgram,
  });
  return {
    setup: [
      createAccount,
      getTransferSolInstruction({ source: taker, destination: desk, amount: query.amount }),
    ],
    swap: getTransferCheckedInstruction(
      {
        source: escrow.address,
        mint,
        destination: createAccount.accounts[1].address,
        authority: taker,
        amount: tokensOut,
        decimals,
      },
      { programAddress: tokenProgram },
    ),
  };
};

export type Lifetime = { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };

/** A quote with its instructions: the desk's own, or a route through the real Jupiter program. */
type Answerable = {
  readonly ammKey: Address;
  readonly label: string;
  readonly tokensOut: bigint;
  readonly priceImpactPct: string;
  readonly setup: readonly Instruction[];
  readonly swap: Instruction;
  readonly cleanup: readonly Instruction[];
};

/** The body of an answer with status 200. Amounts are decimal strings, as in Jupiter's answers. */
const bodyOf = (query: BuildQuery, quote: Answerable, lifetime: Lifetime) => {
  const inAmount = query.amount.toString();
  const outAmount = quote.tokensOut.toString();
  const { inputMint, outputMint, slippageBps } = query;
  const { ammKey, label } = quote;
  const fetchedAt = Date.now();
  const [cleanup] = quote.cleanup;
  return {
    inputMint,
    outputMint,
    inAmount,
    outAmount,
    // Rounded up, as in the program.
    otherAmountThreshold: (quote.tokensOut - (quote.tokensOut * BigInt(slippageBps)) / 10_000n).toString(),
    swapMode: "ExactIn",
    slippageBps,
    priceImpactPct: quote.priceImpactPct,
    routePlan: [
      {
        swapInfo: { ammKey, label, inputMint, outputMint, inAmount, outAmount },
        percent: 100,
        bps: 10_000,
      },
    ],
    computeBudgetInstructions: [
      toJson(getSetComputeUnitPriceInstruction({ microLamports: COMPUTE_UNIT_PRICE })),
    ],
    setupInstructions: quote.setup.map(toJson),
    swapInstruction: toJson(quote.swap),
    cleanupInstruction: cleanup === undefined ? null : toJson(cleanup),
    otherInstructions: [],
    tipInstruction: null,
    addressesByLookupTableAddress: null,
    blockhashWithMetadata: {
      blockhash: [...getBase58Encoder().encode(lifetime.blockhash)],
      lastValidBlockHeight: Number(lifetime.lastValidBlockHeight),
      fetchedAt: {
        secs_since_epoch: Math.floor(fetchedAt / 1_000),
        nanos_since_epoch: (fetchedAt % 1_000) * 1_000_000,
      },
    },
  };
};

/** The answer for the desk's own firm quote. */
export const toAnswer = async (desk: Address, query: BuildQuery, quote: FirmQuote, lifetime: Lifetime) => {
  const built = await instructionsFor(desk, query, quote);
  const { tokensOut, priceImpactPct, escrow } = quote;
  const answer = { ammKey: escrow.address, label: "Desk", tokensOut, priceImpactPct, ...built, cleanup: [] };
  return bodyOf(query, answer, lifetime);
};

/** The answer for a route through the Jupiter program. */
export const toRoutedAnswer = (query: BuildQuery, quote: RoutedQuote, lifetime: Lifetime) =>
  bodyOf(query, { ...quote, ammKey: quote.pool }, lifetime);
