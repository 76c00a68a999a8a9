/**
 * Counts the RPC calls of an operation at the server. The budget is n sends and at most 8 other calls, plus two calls for every
 * hundred accounts after the first hundred. A leg through an aggregator, such as the desk, needs one more simulation.
 */
import type { Address } from "@solana/kit";
import type { Figure, Row } from "../figures.ts";
import { addUser, jobFor, openSystem, startRunner } from "../system.ts";

const DESK_LEGS = [1, 5, 20, 50];
const PUMPFUN_LEGS = [10, 18, 50];
/** The accounts of the mint and of the venues' possible markets. */
const MARKET_ACCOUNTS = 25;
/**
 * Returns how many batches an operation's accounts need after the first batch of 100. It reads the token's accounts and four per
 * wallet, before the buys and again after them.
 */
const extraBatches = (legs: number): number => Math.ceil((MARKET_ACCOUNTS + 4 * legs) / 100) - 1;
export const budgetOf = (legs: number): number => 8 + 2 * extraBatches(legs);

async function run(): Promise<Figure[]> {
  const system = await openSystem();
  const runner = await startRunner(system);
  const figures: Figure[] = [];
  const measure = async (what: string, mint: Address, legs: number, simulations: number): Promise<void> => {
    const user = `${what}-${legs}`.replaceAll(/\W+/g, "-");
    await addUser(system, user, legs);
    await system.cluster.calls();
    await runner.run(jobFor(user, mint, legs), legs);
    // The process reads the consensus once a day. This is not part of an operation.
    const { sendTransaction = 0, getAgGenesisCert: _, ...others } = await system.cluster.calls();
    const sum = Object.values(others).reduce((all, calls) => all + calls, 0);
    const note = Object.entries(others).map(([method, calls]) => `${method} ${calls}`);
    figures.push(
      { what: `${what}, ${legs} legs: sends`, value: sendTransaction, unit: "calls", goal: { atMost: legs } },
      {
        what: `${what}, ${legs} legs: other calls`,
        value: sum,
        unit: "calls",
        goal: { atMost: budgetOf(legs) + simulations },
        note: note.join(", "),
      },
    );
  };
  try {
    const token = await system.cluster.deskToken();
    for (const legs of DESK_LEGS) await measure("the desk", token, legs, legs);
    const coin = await system.cluster.launch("pumpfun");
    if (coin === null) return figures;
    // The first operation finds out which of its versions the program accepts.
    for (const legs of PUMPFUN_LEGS) await measure("pump.fun", coin, legs, legs === PUMPFUN_LEGS[0] ? 1 : 0);
    return figures;
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

export const rpc: Row = { name: "rpc", about: "calls to the endpoint by method, counted at the server", run };
