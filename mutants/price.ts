/** Lists the known mistakes in a buy's effect on its wallets, in its least amount, and in the amount that it delivered. */
import type { Mutant } from "./mutant.ts";

const EFFECT = { file: "src/engine/buy/effect.ts", suites: ["test/engine/effect.test.ts"] };
const CHECK = { file: "src/engine/buy/price-check.ts", suites: ["test/engine/price-check.test.ts"] };
const AGREE = { file: "src/venues/agree.ts", suites: ["test/venues/agree.test.ts"] };
const OFFERED = { file: "src/engine/buy/offered.ts", suites: ["test/engine/aggregator-bait.test.ts"] };
const ANCHOR = { file: "src/engine/buy/anchor.ts", suites: ["test/engine/anchor.test.ts"] };
const INCIDENTS = { file: "src/engine/operation/incidents.ts", suites: ["test/engine/incidents.test.ts"] };

export const PRICE_MUTANTS: readonly Mutant[] = [
  {
    name: "route-rents-of-one-leg",
    mistake:
      "a wallet that has the token is sent, and estimated, no rent for the accounts on an aggregator's route",
    file: "src/engine/buy/leg-shapes.ts",
    suites: ["test/engine/sample-rents.test.ts"],
    edits: [["(onTheWay + rentOfOwn(survey, leg)) as Lamports", "rentOfOwn(survey, leg) as Lamports"]],
  },
  {
    name: "tables-of-one-endpoint",
    mistake: "the entries of a lookup table are taken from the first endpoint, whatever the others say",
    file: "src/venues/route-accounts.ts",
    suites: ["test/venues/route-accounts.test.ts"],
    edits: [["if (at < 0) continue;", "if (at < agreed.length) continue;"]],
  },
  {
    name: "holdings-of-one-endpoint",
    mistake: "one endpoint decides which tokens a wallet had before: a lie makes them count as bought",
    file: "src/venues/views.ts",
    suites: ["test/venues/views.test.ts"],
    edits: [["tokens: higher(one.tokens, other.tokens),", "tokens: one.tokens,"]],
  },
  {
    name: "day-from-the-reservation",
    mistake:
      "the limit per 24 hours forgets what a waiting operation has reserved, and lets it buy beside a second full limit",
    file: "src/journal/memory/limits.ts",
    suites: ["test/engine/reservations.test.ts", "test/journal/memory.test.ts"],
    edits: [["at: STILL_OPEN.getTime() });", "at: rows.get(key)?.at ?? now().getTime() });"]],
  },
  {
    name: "landed-spending-never-settled",
    mistake: "what a buy has spent counts in its user's 24 hours for ever",
    file: "src/engine/limits/reservations.ts",
    suites: ["test/engine/reservations.test.ts"],
    edits: [['...(kind === "buy" ? [{', '...(kind === "recover" ? [{']],
  },
  {
    name: "fee-of-one-endpoint",
    mistake:
      "the clock of the first endpoint decides which transfer fee applies: a lie hides a fee of 99.99 per cent",
    file: "src/venues/views.ts",
    suites: ["test/venues/views.test.ts"],
    edits: [["{ transferFeeBps: Math.max(...fees) }", "{ transferFeeBps: fees[0] ?? 0 }"]],
  },
  {
    name: "simulated-as-of-the-first-endpoint",
    mistake: "a simulation may be older than the readings of the other endpoints, with which it is compared",
    file: "src/engine/buy/newest-slot.ts",
    suites: ["test/venues/views.test.ts"],
    edits: [[".reduce(larger, fetched.slot)", ".reduce((newest) => newest, fetched.slot)"]],
  },
  {
    name: "price-of-the-cheapest-endpoint",
    mistake: "the second source is compared with the endpoint that shows the pool as cheapest, which may lie",
    ...AGREE,
    edits: [["(a.tokensOut < b.tokensOut ? -1 : 1)", "(a.tokensOut > b.tokensOut ? -1 : 1)"]],
  },
  {
    name: "aggregator-held-to-the-dearest",
    mistake: "an endpoint that shows the token's own market as dear lets the aggregator be dearer, too",
    ...OFFERED,
    edits: [["const whole = mostOf(left);", "const whole = left.quote.tokensOut;"]],
  },
  {
    name: "pool-moved-by-a-liar",
    mistake: "an endpoint that shows the best pool as dear moves the buy to any other pool",
    file: "src/venues/one-pool.ts",
    suites: ["test/venues/agree.test.ts"],
    edits: [["const NEAR_BPS = 50;", "const NEAR_BPS = 200;"]],
  },
  {
    name: "curve-of-one-endpoint",
    mistake: "the curve that the first endpoint finds is bought from, whatever the others find",
    file: "src/venues/meteora/index.ts",
    suites: ["test/venues/detect.test.ts"],
    edits: [["const answers = found.map(", "const answers = found.slice(0, 1).map("]],
  },
  {
    name: "unfunded-leg-buys",
    mistake: "a wallet that a funding ahead leaves out buys with its own money, once it can buy again",
    file: "src/engine/funding/funding.ts",
    suites: ["test/engine/funding.test.ts"],
    edits: [["await giveUpLeftOut(run, found.survey, found.chosen);", ""]],
  },
  {
    name: "restored-funding-forgets-whom-it-paid",
    mistake:
      "after a restore, a wallet that the funding left out buys with its own money, once it can buy again",
    file: "src/engine/restore/look-back.ts",
    suites: ["test/engine/restore-funding.test.ts"],
    edits: [["{ ...adopted(found, step, restore), ...details }", "adopted(found, step, restore)"]],
  },
  {
    name: "left-out-leg-signs",
    mistake: "a buy is signed for a wallet to which its funding brought nothing",
    file: "src/engine/buy/funded.ts",
    suites: ["test/engine/funded.test.ts"],
    edits: [["for (const { index } of legsOf(step)) funded.set(index, 0n);", "legsOf(step);"]],
  },
  {
    name: "unfit-wallets-limit-refuses-all",
    mistake: "the limit of a wallet that does not buy refuses the reservation of the wallets that do",
    file: "src/engine/operation/run-markets.ts",
    suites: ["test/engine/unfit-leg.test.ts"],
    edits: [["toLand.filter((leg) => served.includes(leg) || signed.has(leg))", "toLand"]],
  },
  {
    name: "unfit-leg-asks-the-market",
    mistake: "near a curve's end, a leg that cannot be bought makes the market refuse the others",
    file: "src/engine/operation/run-markets.ts",
    suites: ["test/engine/unfit-leg.test.ts"],
    edits: [["fit.includes(leg) && !outOfReach", "!outOfReach"]],
  },
  {
    name: "day-forgotten-by-a-clock",
    mistake:
      "on MongoDB, what was set aside while the clock was ahead counts no more in the limit of 24 hours",
    file: "src/journal/mongo/documents/spending.ts",
    suites: ["test/journal/mongo-spending.test.ts"],
    edits: [["movedUntil: newestOf(record, resting.values()),", "movedUntil: null,"]],
  },
  {
    name: "agreement-without-a-bound",
    mistake: "in a call, whose members state no slippage, endpoints may show any two prices",
    ...AGREE,
    edits: [["maximum(offers[0].leastTokens, bound)", "maximum(offers[0].leastTokens, bound * 0n)"]],
  },
  {
    name: "each-endpoint-its-market",
    mistake: "an endpoint chooses the pool that is bought from, while the price of another pool is checked",
    file: "src/venues/open-spoken.ts",
    suites: ["test/venues/agree.test.ts"],
    edits: [
      [
        "  requireOneMarket(venue, survey, opened);\n",
        "  requireOneMarket(venue, survey, opened.slice(1));\n",
      ],
    ],
  },
  {
    name: "kept-account-counts-as-opened",
    mistake: "what the buyer holds of a token on a route's way is not looked at, so the route may take it",
    file: "src/venues/on-the-way.ts",
    suites: ["test/venues/jupiter-venue.test.ts"],
    edits: [["const seen = held.get(account) ?? [];", "const seen = (held.get(account) ?? []).slice(9);"]],
  },
  {
    name: "hops-cost-the-same",
    mistake: "an account on the way counts as one of the older token program, whatever its mint adds to it",
    file: "src/venues/on-the-way.ts",
    suites: ["test/venues/jupiter-venue.test.ts"],
    edits: [
      [
        "associatedAccountRent(survey.cluster, requireMint(mint, route.mints.get(mint))),",
        "associatedAccountRent(survey.cluster, { ...requireMint(mint, route.mints.get(mint)), owner: TOKEN_PROGRAMS[0] as Address }),",
      ],
    ],
  },
  {
    name: "effect-leaves-out-other-wallets",
    mistake: "a buy may take the tokens of the funding wallet, whose signature it has",
    ...EFFECT,
    edits: [["if (foreign !== undefined)", "if (foreign === buyer)"]],
  },
  {
    name: "effect-leaves-out-other-tokens",
    mistake: "a buy may take whatever else its buyer holds",
    ...EFFECT,
    edits: [["if (lost > 0n && mint", "if (lost < 0n && mint"]],
  },
  {
    name: "effect-counts-no-lamports",
    mistake: "more lamports may leave than the leg, its fees and its rents",
    ...EFFECT,
    edits: [["return gone > meant.mayLeave", "return gone > meant.mayLeave * 1_000n"]],
  },
  {
    name: "effect-lets-a-stranger-have-the-rent",
    mistake:
      "the rent of the buyer's token account may open a stranger's account instead, because only its leaving is counted",
    file: "src/engine/buy/simulate-leg.ts",
    suites: ["test/engine/effect.test.ts"],
    edits: [["+ fees + rents,", "+ fees + rents + 2_039_280n,"]],
  },
  {
    name: "effect-lets-the-buyer-pay",
    mistake: "a buyer may pay although the funding wallet is to pay for it",
    ...EFFECT,
    edits: [["if (fromBuyer > 0n)", "if (fromBuyer > meant.mayLeave)"]],
  },
  {
    name: "gone-account-not-looked-for",
    mistake:
      "a buy that failed because its buyer closed an account fails for good, although a new plan would land",
    file: "src/engine/buy/accounts-had.ts",
    suites: ["test/engine/rents-moved.test.ts"],
    edits: [
      [
        "return had.some((address) => !isOpened(accounts.get(address)));",
        "return had.length > accounts.size + 9;",
      ],
    ],
  },
  {
    name: "effect-lets-what-is-held-be-named",
    mistake:
      "a buy may name an account of another token that its buyer holds, if the simulation leaves it as it was",
    ...EFFECT,
    edits: [["if (token === null || meant.accounts", "if (token !== undefined || meant.accounts"]],
  },
  {
    name: "effect-takes-what-names-the-buyer",
    mistake: "a third party's swap may write a loan, or a share in a multisig, that names the buyer",
    ...EFFECT,
    edits: [["after.names?.includes(buyer) === true", "after.names?.includes(address) === true"]],
  },
  {
    name: "effect-writes-a-nonce-account",
    mistake: "a third party's swap may give the buyer's nonce account to somebody else",
    ...EFFECT,
    edits: [
      ["after.program === SYSTEM_PROGRAM && after.hasData", "after.program === address && after.hasData"],
    ],
  },
  {
    name: "effect-lets-strangers-spend",
    mistake: "a buy may leave a delegate on the buyer's token account, who can take all of it later",
    ...EFFECT,
    edits: [["if (token.delegate !== null)", "if (token.delegate === buyer)"]],
  },
  {
    name: "effect-gives-wallets-away",
    mistake: "a wallet may belong to a program afterwards",
    ...EFFECT,
    edits: [["after.program !== SYSTEM_PROGRAM)", "after.program === address)"]],
  },
  {
    name: "unchecked-price-taken",
    mistake: "if the aggregator has no price, a pool that anyone could have opened needs no second source",
    ...CHECK,
    edits: [["if (request.maxPrice !== undefined) return alone(open,", "if (open.venue) return alone(open,"]],
  },
  {
    name: "aggregator-not-held-to-its-quotes",
    mistake:
      "the aggregator is opened however much dearer it is than its own quote before, and than the market that was left for it",
    ...OFFERED,
    edits: [["if (deviationBps > limitBps)", "if (deviationBps > limitBps && limitBps < 0)"]],
  },
  {
    name: "aggregator-legs-not-held",
    mistake: "the aggregator's legs accept what it says of its impact, however little that is",
    ...OFFERED,
    edits: [["if (binding.length === 0) return open;", "if (binding.length >= 0) return open;"]],
  },
  {
    name: "retry-shares-out",
    mistake: "a retry that leaves a wallet out has the other wallets pay that wallet's amount as well",
    file: "src/engine/operation/plan.ts",
    suites: ["test/engine/fitness.test.ts"],
    edits: [["retry.leastTokens.length === 0) return", "retry.leastTokens.length >= 0) return"]],
  },
  {
    name: "unusual-fee-unseen",
    mistake: "a launch may keep 99 per cent of the lamports as its fee, whatever the limit on the price is",
    file: "src/engine/buy/price-impact.ts",
    suites: ["test/engine/price-check.test.ts"],
    edits: [
      [
        "const venueFeeBps = feeBps > USUAL_FEE_BPS ? feeBps : 0;",
        "const venueFeeBps = feeBps > 10_000 ? feeBps : 0;",
      ],
    ],
  },
  {
    name: "unusual-fee-by-way-of-the-aggregator",
    mistake: "a token that was refused for its market's fee is bought in that market through the aggregator",
    file: "src/engine/buy/price-impact.ts",
    suites: ["test/engine/price-check.test.ts"],
    edits: [["return Math.max(0, Number(BPS - kept));", "return Math.min(0, Number(BPS - kept));"]],
  },
  {
    name: "buy-below-the-anchor",
    mistake: "a buy that a venue built for less than the anchor is signed",
    ...ANCHOR,
    edits: [["if (minTokensOut >= least) return;", "if (minTokensOut >= 0n) return;"]],
  },
  {
    name: "market-below-every-anchor",
    mistake: "a later market is opened although it offers no leg its anchor",
    ...ANCHOR,
    edits: [[".tokensOut >= floorOf(leg)", ".tokensOut >= 0n * floorOf(leg)"]],
  },
  {
    name: "incident-from-balances",
    mistake: "a wallet's balance counts as what it received, so an owner who moves tokens causes an incident",
    ...INCIDENTS,
    edits: [
      [
        "const received = await receivedBy(ports, operation, one);",
        "const received = leg.tokensReceived ?? (await receivedBy(ports, operation, one));",
      ],
    ],
  },
  {
    name: "incident-unseen",
    mistake: "a leg that received almost nothing counts as a success",
    ...INCIDENTS,
    edits: [["if (received >= least) continue;", "if (received >= 0n) continue;"]],
  },
  {
    name: "incident-untold-after-a-crash",
    mistake: "if a process dies between an incident's record and its event, the event is never stored",
    ...INCIDENTS,
    edits: [["if (!isNew && (await wasTold(ports, id, incident.leg))) return;", "if (!isNew) return;"]],
  },
  {
    name: "settled-before-the-delivery-is-known",
    mistake: "an operation is settled while the tokens that its legs received are unknown",
    ...INCIDENTS,
    edits: [["isComplete &&= ", "isComplete ||= "]],
  },
];
