/** Mutates honest buys, and counts what stops each mutation, and what those that nothing stops do. */
import { createRandom } from "../sim/random.ts";
import { execute } from "./execute.ts";
import { type Honest, honestBuys } from "./honest.ts";
import { type HostileMarket, paletteOf } from "./market.ts";
import { mutate } from "./mutations.ts";
import { createOracle } from "./oracle.ts";
import { compose, isRefusedByPolicy, isRefusedBySimulation } from "./stages.ts";

export type Without = "policy" | "simulation" | "both";

export type Tally = {
  mutations: number;
  /** They make no transaction, or one that asks for a key which the step does not bring. */
  notComposed: number;
  refusedByPolicy: number;
  refusedBySimulation: number;
  /** They reach the signature, and take nothing that was not asked. */
  harmless: number;
  losses: number;
};

type Loss = { readonly seed: number; readonly buy: string; readonly lost: readonly string[] };

export type Report = { readonly tally: Tally; readonly losses: readonly Loss[] };

type Gates = { readonly policy: boolean; readonly simulation: boolean };

const gatesOf = (without: Without | undefined): Gates => ({
  policy: without !== "policy" && without !== "both",
  simulation: without !== "simulation" && without !== "both",
});

export type Target = {
  readonly market: HostileMarket;
  readonly honest: readonly [Honest, ...Honest[]];
  readonly palette: Awaited<ReturnType<typeof paletteOf>>;
  readonly oracle: ReturnType<typeof createOracle>;
};

/** The market with its honest buys, which nothing refuses. */
export async function aimAt(market: HostileMarket): Promise<Target> {
  const honest = await honestBuys(market);
  const oracle = createOracle(market);
  await requireHonest(market, honest, oracle);
  return { market, honest, palette: await paletteOf(market), oracle };
}

/** Each mutation has a seed of its own, which makes it again. */
export async function runMutations(
  { market, honest, palette, oracle }: Target,
  options: { readonly from: number; readonly count: number; readonly without?: Without | undefined },
): Promise<Report> {
  const gates = gatesOf(options.without);
  const tally: Tally = {
    mutations: 0,
    notComposed: 0,
    refusedByPolicy: 0,
    refusedBySimulation: 0,
    harmless: 0,
    losses: 0,
  };
  const losses: Loss[] = [];
  for (let seed = options.from; seed < options.from + options.count; seed += 1) {
    const random = createRandom(seed, "hostile");
    const each = random.pick(honest);
    const draft = await mutate(each.draft, { market, honest: each, palette, random });
    tally.mutations += 1;
    const unsigned = compose(market, each, draft);
    if (unsigned === null) {
      tally.notComposed += 1;
      continue;
    }
    if (gates.policy && (await isRefusedByPolicy(each, unsigned))) {
      tally.refusedByPolicy += 1;
      continue;
    }
    if (gates.simulation && (await isRefusedBySimulation(market, each, unsigned))) {
      tally.refusedBySimulation += 1;
      continue;
    }
    const run = execute(market, unsigned);
    const lost = oracle.lossesOf(each, draft, unsigned, run);
    if (lost.length === 0) tally.harmless += 1;
    else {
      tally.losses += 1;
      losses.push({ seed, buy: each.name, lost });
    }
  }
  return { tally, losses };
}

/** A gate that stops honest buys, or an oracle that sees losses in them, would prove nothing. */
async function requireHonest(
  market: HostileMarket,
  honest: readonly Honest[],
  oracle: ReturnType<typeof createOracle>,
): Promise<void> {
  for (const each of honest) {
    const unsigned = compose(market, each, each.draft);
    if (unsigned === null) throw new Error(`${each.name} is not composed`);
    if (await isRefusedByPolicy(each, unsigned)) throw new Error(`the policy refuses ${each.name}`);
    const run = execute(market, unsigned);
    if (await isRefusedBySimulation(market, each, unsigned))
      throw new Error(`the simulation refuses ${each.name}`);
    const lost = oracle.lossesOf(each, each.draft, unsigned, run);
    if (lost.length > 0) throw new Error(`${each.name} loses: ${lost.join("; ")}`);
  }
}
