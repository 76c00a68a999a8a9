/**
 * Defines what a transaction of each kind may hold, slot by slot. The policy refuses everything that is not listed here.
 *
 * | kind | signed by | besides compute budget and memo |
 * |---|---|---|
 * | buy | buyer, and the fee's payer | the payer's transfer to the buyer; the opening of the buyer's token account; the wrapping of lamports, and the unwrapping to the buyer; the venue's swap; for an aggregator, also the proof of delivery, and of what the buyer keeps of other tokens |
 * | fund | funding wallet | its transfers to the buyers, each with its amount |
 * | recover, sweep | the wallet, and the fee's payer | the closing of its own accounts to itself; one transfer to the funding wallet |
 * | lookup-table | funding wallet | the creation of one table, or its extension by addresses that it may hold |
 */
import type { Address, ReadonlyUint8Array } from "@solana/kit";
import type { Meant, MeantBuy, MeantFund, MeantReturn, MeantTable } from "../engine/ports.ts";
import { formatMemo } from "../engine/transaction/memo-text.ts";
import { JUPITER_PROGRAM } from "../venues/jupiter-program.ts";
import { WRAPPED_SOL_MINT } from "../venues/token-layout.ts";
import { isFirmSale } from "./firm-quote.ts";
import {
  accountOf,
  closeAccount,
  createsTable,
  extendsTable,
  holdsAtLeast,
  memo,
  openAccount,
  revoke,
  setComputeUnitLimit,
  setComputeUnitPrice,
  syncNative,
  TOKEN,
  TOKEN_2022,
  transfer,
} from "./instructions.ts";
import { checkJupiterSwap, oursAmong } from "./jupiter.ts";
import type { Message } from "./message.ts";
import { afterSwap, beforeSwap, type Exactly, mayHave, needs, type Slot, theSwap } from "./slots.ts";
import { ownAccounts, type SwapScene, sceneOf } from "./swap-scene.ts";
import { DIRECT_SWAPS, instructionOf, type SwapVersion } from "./swaps.ts";

/** The signers, the payer of the fee first, and the slots of the transaction. */
export type Expected = { readonly signers: readonly Address[]; readonly slots: readonly Slot[] };

/** A version 1 message sets its fees in a field of its own. `excessOf` limits them there. */
const fees = ({ computeUnitLimit, computeUnitPrice }: Meant, { config }: Message): Slot[] =>
  config === null
    ? [
        needs("compute limit", setComputeUnitLimit(computeUnitLimit)),
        needs("compute price", setComputeUnitPrice(computeUnitPrice)),
      ]
    : [];

/**
 * Returns the reason if a version 1 message offers another priority fee than was meant, requests other compute units, or
 * requests a heap of its own. Otherwise null.
 */
export function excessOf({ computeUnitLimit, computeUnitPrice }: Meant, { config }: Message): string | null {
  if (config === null) return null;
  const meant = (BigInt(computeUnitLimit) * computeUnitPrice + 999_999n) / 1_000_000n;
  const offered = config.priorityFeeLamports ?? 0n;
  if (offered !== meant) return `it offers ${offered} lamports for priority instead of ${meant}`;
  if (config.heapSize !== undefined) return `it asks for a heap of ${config.heapSize} bytes`;
  const units = config.computeUnitLimit ?? 0;
  return units === computeUnitLimit
    ? null
    : `it asks for ${units} compute units instead of ${computeUnitLimit}`;
}

/**
 * Returns the reason if the message names an account of ours by a position in a lookup table. What stands there we know
 * from endpoints only: on chain it might be a stranger's account, in every instruction of the message alike.
 */
export async function hiddenOf(meant: Meant, { loaded }: Message): Promise<string | null> {
  if (meant.kind !== "buy" || loaded.size === 0) return null;
  const own = [...(await ownAccounts(meant)), ...(await onTheWay(meant))];
  const hidden = own.find((account) => loaded.has(account));
  return hidden === undefined ? null : `it takes ${hidden}, which is ours, from a lookup table`;
}

const memoOf = (
  kind: "buy" | "fund" | "recover",
  { operationId, leg, legs }: Pick<MeantBuy, "operationId" | "leg" | "legs">,
  signer: Address,
): Slot => needs("memo", memo(formatMemo({ operationId, kind, leg, legs }), signer));

const signedBy = (payer: Address, ...others: readonly Address[]): readonly Address[] => [
  ...new Set([payer, ...others]),
];

/**
 * The wrapped-SOL account that exists only for the swap and holds what the leg spends. An account that
 * existed before is not closed.
 */
const wrapping = async (
  { payer, buyer, lamports, keepsWrapped }: MeantBuy,
  { wrapped }: SwapScene,
): Promise<Slot[]> => [
  ...(keepsWrapped
    ? []
    : [
        mayHave("wrapped-SOL account", await openAccount(payer, buyer, WRAPPED_SOL_MINT, TOKEN)),
        afterSwap(needs("unwrapping", closeAccount(TOKEN, wrapped, buyer))),
      ]),
  beforeSwap(needs("lamports to wrap", transfer(buyer, wrapped, lamports))),
  beforeSwap(needs("wrapping", ...syncNative(wrapped))),
];

const begins = (data: ReadonlyUint8Array, discriminator: readonly number[]): boolean =>
  discriminator.every((byte, at) => data[at] === byte);

/**
 * Returns the swaps that the message may hold. We derive only the versions that its instructions begin like: no
 * instruction is the same as another version. If it begins like none, we derive all, for the reason of the refusal.
 */
const swapsFor = (
  versions: readonly SwapVersion[],
  { instructions }: Message,
): Promise<readonly Exactly[]> => {
  const present = versions.filter(({ program, discriminator }) =>
    instructions.some((each) => each.program === program && begins(each.data, discriminator)),
  );
  return Promise.all((present.length === 0 ? versions : present).map(instructionOf));
};

const direct = async (meant: MeantBuy, scene: SwapScene, message: Message): Promise<Slot[]> => {
  if (meant.venue === "jupiter") return [];
  const versions = await DIRECT_SWAPS[meant.venue](scene);
  const swap = theSwap(needs("swap", ...(await swapsFor(versions, message))));
  // pump.fun's curve takes native SOL.
  return meant.venue === "pumpfun" ? [swap] : [...(await wrapping(meant, scene)), swap];
};

/** The buyer's accounts of the mints on an aggregator's route. They stay open after the swap. */
const alsoOpened = ({ payer, buyer, alsoOpens }: MeantBuy): Promise<Slot[]> =>
  Promise.all(
    alsoOpens.map(async (mint) =>
      mayHave(
        "account on the route",
        await openAccount(payer, buyer, mint, TOKEN),
        await openAccount(payer, buyer, mint, TOKEN_2022),
      ),
    ),
  );

/**
 * The buyer's accounts on an aggregator's route that it had before. Nothing opens them, so no rent is paid. The chain must
 * check that they lose nothing, because the swap's program does not check where its steps take from.
 */
const kept = async ({ buyer, keeps }: MeantBuy): Promise<Slot[]> => {
  const slots = await Promise.all(
    keeps.map(async ({ mint, tokenProgram, decimals, tokens }) => {
      const account = await accountOf(buyer, mint, tokenProgram);
      const proof = holdsAtLeast(tokenProgram, account, { mint, decimals, owner: buyer, amount: tokens });
      return [
        afterSwap(needs(`revocation for ${account}`, revoke(tokenProgram, account, buyer))),
        afterSwap(needs(`proof of what ${account} keeps`, proof)),
      ];
    }),
  );
  return slots.flat();
};

/** The buyer's accounts of the tokens on the route: those that the transaction opens, and those that it proves unharmed. */
const onTheWay = async ({ buyer, alsoOpens, keeps }: MeantBuy): Promise<ReadonlySet<Address>> =>
  new Set(
    await Promise.all([
      ...alsoOpens.flatMap((mint) => [accountOf(buyer, mint, TOKEN), accountOf(buyer, mint, TOKEN_2022)]),
      ...keeps.map(({ mint, tokenProgram }) => accountOf(buyer, mint, tokenProgram)),
    ]),
  );

const routed = async (meant: MeantBuy, scene: SwapScene, message: Message): Promise<Slot[]> => {
  const { buyer, mint, lamports, leastTokens, tokenProgram, decimals, tokensBefore } = meant;
  const routes = message.instructions.filter(({ program }) => program === JUPITER_PROGRAM);
  // Any account that a route names may be a mint that the signers hold. A plain transfer names no mint; the
  // simulation checks such transfers.
  const named = [...new Set(routes.flatMap(({ accounts }) => accounts))];
  const ours = new Set([
    ...(await oursAmong(signedBy(meant.payer, buyer), named)),
    ...(await oursAmong(meant.wallets, [WRAPPED_SOL_MINT, mint])),
  ]);
  const opened = await onTheWay(meant);
  const { wrapped: source, token: destination } = scene;
  const swap = { buyer, mint, source, destination, lamports, leastTokens, ours, opened };
  return [
    ...(await wrapping(meant, scene)),
    ...(await alsoOpened(meant)),
    ...(await kept(meant)),
    theSwap(
      needs("swap", {
        program: JUPITER_PROGRAM,
        check: (instruction) => checkJupiterSwap(instruction, swap),
      }),
    ),
    // The swap's program does not check whom its steps pay, so the chain must check it.
    afterSwap(
      needs(
        "proof of delivery",
        holdsAtLeast(tokenProgram, destination, {
          mint,
          decimals,
          owner: buyer,
          amount: (tokensBefore ?? 0n) + leastTokens,
        }),
      ),
    ),
  ];
};

/** The localnet's desk sells out of its escrow in exchange for a transfer. */
const firm = async (meant: MeantBuy, scene: SwapScene): Promise<Slot[]> => {
  const { firmQuote, buyer, lamports, tokenProgram } = meant;
  if (firmQuote === null) return [];
  const own = await ownAccounts(meant);
  return [
    needs("payment", transfer(buyer, firmQuote.payee, lamports)),
    needs("sale", { program: tokenProgram, check: (sale) => isFirmSale(sale, firmQuote, scene, own) }),
  ];
};

const aggregated = (meant: MeantBuy, scene: SwapScene, message: Message): Promise<Slot[]> =>
  meant.firmQuote === null ? routed(meant, scene, message) : firm(meant, scene);

async function buy(meant: MeantBuy, message: Message): Promise<Expected> {
  const { payer, buyer, mint, tokenProgram, lamports, transferRents, tokensBefore } = meant;
  const scene = await sceneOf(meant);
  return {
    signers: signedBy(payer, buyer),
    slots: [
      ...fees(meant, message),
      ...(transferRents === null
        ? []
        : [beforeSwap(needs("funding", transfer(payer, buyer, lamports + transferRents)))]),
      // If the buyer already had the account, the limits do not count its rent, so the transaction must not pay one.
      ...(tokensBefore === null
        ? [mayHave("token account", await openAccount(payer, buyer, mint, tokenProgram))]
        : []),
      ...(await (meant.venue === "jupiter"
        ? aggregated(meant, scene, message)
        : direct(meant, scene, message))),
      memoOf("buy", meant, buyer),
    ],
  };
}

const fund = (meant: MeantFund, message: Message): Expected => ({
  signers: [meant.payer],
  slots: [
    ...fees(meant, message),
    ...meant.transfers.map(({ to, lamports }) =>
      needs(`funding of ${to}`, transfer(meant.payer, to, lamports)),
    ),
    memoOf("fund", meant, meant.payer),
  ],
});

const giveBack = (meant: MeantReturn, message: Message): Expected => ({
  signers: signedBy(meant.to ?? meant.wallet, meant.wallet),
  slots: [
    ...fees(meant, message),
    ...meant.closes.map((account) =>
      mayHave(
        `closing of ${account}`,
        closeAccount(TOKEN, account, meant.wallet),
        closeAccount(TOKEN_2022, account, meant.wallet),
      ),
    ),
    ...(meant.to === null ? [] : [needs("return", transfer(meant.wallet, meant.to, meant.lamports))]),
    memoOf("recover", meant, meant.wallet),
  ],
});

const table = (meant: MeantTable, message: Message): Expected => ({
  signers: [meant.payer],
  slots: [
    ...fees(meant, message),
    needs(
      "table",
      createsTable(meant.table, meant.payer),
      extendsTable(meant.table, meant.payer, meant.entries),
    ),
    needs("memo", memo(`cto:1:alt:${meant.table}`, meant.payer)),
  ],
});

export const expectedOf = async (meant: Meant, message: Message): Promise<Expected> => {
  switch (meant.kind) {
    case "buy":
      return buy(meant, message);
    case "fund":
      return fund(meant, message);
    case "recover":
    case "sweep":
      return giveBack(meant, message);
    case "lookup-table":
      return table(meant, message);
  }
};
