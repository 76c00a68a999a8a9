/**
 * Generates pump.fun's vectors with the program itself, because its SDK quotes only the exact-output instruction and we buy with
 * an exact input. Run `node --import tsx test/oracles/pumpfun.ts [file]` in the project's folder. It needs the program binaries.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { KeyPairSigner } from "@solana/kit";
import fc from "fast-check";
import { prepareVenues } from "../../src/localnet/launch/index.ts";
import { newCoin } from "../../src/localnet/launch/pumpfun.ts";
import { TOKEN_2022_PROGRAM } from "../../src/localnet/programs.ts";
import { BUY_VERSIONS } from "../../src/venues/pumpfun/buy-versions.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { curveOf, PUMP_PROGRAM } from "../../src/venues/pumpfun/program.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { programs } from "../support/programs.ts";
import { openScene, readVenue } from "../venues/real-programs.ts";

const SEED = 20261124;
const COUNT = 1_000;
/** The virtual tokens that a curve never sells. Its pool starts with them. */
const NEVER_SOLD = 279_900_000_000_000n;
const file = process.argv[2] ?? "test/vectors/pumpfun.json";

const folder = programs();
if (folder === null) throw new Error("the program binaries are not at hand; see cto programs fetch");
const scene = openScene(folder);
await prepareVenues(scene.cluster, folder);
const creator = await scene.wallet();
const { mint, instructions } = await newCoin(creator, "token-2022");
const signers = instructions.flatMap(({ accounts }) =>
  (accounts ?? []).flatMap((account) => ("signer" in account ? [account.signer as KeyPairSigner] : [])),
);
await scene.run(creator, signers, instructions);
const curve = await curveOf(mint);
const original = scene.cluster.account(curve);
const full = scene.cluster.account(await tokenAccountOf(curve, mint, TOKEN_2022_PROGRAM));
if (original === null || full === null) throw new Error("the coin was not made");

const drawn = fc.sample(
  fc.record({
    virtualTokens: fc.bigInt({ min: 300_000_000_000_000n, max: 1_073_000_000_000_000n }),
    virtualLamports: fc.bigInt({ min: 1_000_000_000n, max: 120_000_000_000n }),
    lamports: fc.oneof(
      fc.bigInt({ min: 20_000n, max: 10_000_000n }),
      fc.bigInt({ min: 10_000_000n, max: 40_000_000_000n }),
    ),
  }),
  { numRuns: 4 * COUNT, seed: SEED },
);

const vectors: string[] = [];
for (const { virtualTokens, virtualLamports, lamports } of drawn) {
  if (vectors.length === COUNT) break;
  const data = new Uint8Array(original.data);
  const view = new DataView(data.buffer);
  view.setBigUint64(8, virtualTokens, true);
  view.setBigUint64(16, virtualLamports, true);
  view.setBigUint64(24, virtualTokens - NEVER_SOLD, true);
  scene.cluster.setAccount({ ...original, data });
  scene.cluster.setAccount(full);
  const buyer = await scene.wallet();
  const { reading, fetched } = await readVenue(scene, pumpfun, mint, [buyer.address]);
  if (reading.state !== "trading") throw new Error(`the curve is ${reading.state}`);
  const buy = {
    buyer: buyer.address,
    payer: buyer.address,
    lamports,
    minTokensOut: 1n,
    lamportsPerByte: 6_960n,
    fetched,
  };
  const version = BUY_VERSIONS.findIndex(({ name }) => name === "buy_exact_sol_in");
  const built = await pumpfun.instructions(reading.market, buy, version);
  const bought = await scene.run(buyer, [], [...built.setup, ...built.swap]);
  // The program refuses a buy of more than the curve has left. We quote nothing for it.
  const tokensOut = bought.err === null ? String(await scene.tokens(buyer.address, mint)) : null;
  const { realTokens, tiers } = reading.market;
  const shown = (value: unknown): string =>
    JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? String(each) : each));
  vectors.push(shown({ virtualTokens, virtualLamports, realTokens, tiers, lamports, tokensOut }));
}
const binary = folder.programs.find(({ address }) => address === PUMP_PROGRAM);
const digest = createHash("sha256")
  .update(readFileSync(binary?.path ?? ""))
  .digest("hex")
  .slice(0, 16);
const source = JSON.stringify(`pump.fun's program, sha256 ${digest}…`);
writeFileSync(file, `{"sdk":${source},"seed":${SEED},"vectors":[\n${vectors.join(",\n")}\n]}\n`);
console.log(`${file}: ${vectors.length} vectors, seed ${SEED}`);
