/**
 * How many RPC calls one operation takes, by the number of its legs: `npm run bench`. The budget is n sends and at most
 * 8 other calls, and two more for every hundred accounts beyond the first. A leg of an aggregator, as the desk is one, costs one simulation of its own. Counts, not times: they depend on the machine
 * only where it is too slow to keep up. Where pump.fun's binary is at hand, two operations on it follow: the first has to
 * find out which of the program's instructions it takes, and the second, in another worker, knows it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Address, lamports } from "@solana/kit";
import { readConfig } from "../src/config.ts";
import { startDesk } from "../src/localnet/desk/index.ts";
import { startLocalnet } from "../src/localnet/index.ts";
import { launchToken, prepareVenues } from "../src/localnet/launch/index.ts";
import { findProgramsFolder, readProgramsFolder } from "../src/localnet/programs-folder.ts";
import { writeLocalnetAddress } from "../src/runtime/cluster-address.ts";
import { openContext } from "../src/runtime/context.ts";
import { enqueue, readStatus } from "../src/services/operations.ts";
import { generateWallets } from "../src/services/wallets.ts";
import { PUMP_PROGRAM } from "../src/venues/pumpfun/program.ts";
import { createCTOWorker } from "../src/worker/cto-worker.ts";

const LEGS = [1, 5, 20, 50];
const PUMPFUN_LEGS = 10;
/** The mint, and where the venues' markets would be. */
const MARKET_ACCOUNTS = 25;
/** Accounts are read 100 at a time: those of the token, and four per wallet; before the buys and after them. */
const extraBatches = (legs: number): number => Math.ceil((MARKET_ACCOUNTS + 4 * legs) / 100) - 1;

const folder = findProgramsFolder(["../shared/programs", ".cto/programs"].map((path) => resolve(path)));
const binaries = folder === null ? null : readProgramsFolder(folder);
const home = await mkdtemp(join(tmpdir(), "cto-bench-"));
const config = readConfig({ CTO_HOME: home, CTO_LOG: "silent" });
const localnet = await startLocalnet({ slotMs: 400, ...(binaries ? { programs: binaries.programs } : {}) });
const desk = await startDesk({ rpcUrl: localnet.rpcUrl });
const { rpcUrl, wsUrl } = localnet;
const { genesisHash } = localnet.cluster.ledger;
await writeLocalnetAddress(config, { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl: desk.url });
const context = await openContext(config);
let isOver = false;

/** One operation by a worker of its own, and its row. */
async function measure(what: string, tokenAddress: Address, legs: number, simulations = 0): Promise<void> {
  const userId = what.replaceAll(/\W+/g, "-");
  await context.journal.addUser({ id: userId });
  const buyers = await generateWallets(context, userId, legs, { role: "buyer" });
  for (const { address } of buyers) await localnet.cluster.airdrop(address, lamports(1_000_000_000n));
  const worker = await createCTOWorker({ context });
  const job = {
    userId,
    userChatId: 1,
    tokenAddress,
    buyAmount: legs / 10,
    mode: "prefunded",
    platform: "auto",
  };
  const { jobId } = await enqueue(context, job, 0, { parallelism: legs });
  let status = "waiting";
  while (status === "waiting" || status === "active") {
    await new Promise((resolved) => setTimeout(resolved, 50));
    ({ status } = await readStatus(context, jobId));
  }
  // The consensus is the process's to ask for, once a day: no part of an operation.
  const { sendTransaction = 0, getAgGenesisCert = 0, ...others } = worker.ports.chain.stats().calls;
  await worker.close();
  const sum = Object.values(others).reduce((all, calls) => all + calls, 0);
  const each = Object.entries(others).map(([method, calls]) => `${method} ${calls}`);
  console.log(`| ${what} | ${status} | ${sendTransaction} | ${sum} | ${each.join(", ")} |`);
  isOver ||=
    status !== "completed" ||
    sendTransaction > legs ||
    sum > 8 + 2 * extraBatches(legs) + simulations ||
    getAgGenesisCert > 1;
}

console.log("| operation | ended | sends | other calls | namely |\n|---|---|---|---|---|");
const token = await desk.createToken({ decimals: 6, supply: 10n ** 15n, lamportsReserve: 10n ** 13n });
for (const legs of LEGS) await measure(`${legs} legs on the desk`, token, legs, legs);
if (binaries?.programs.some(({ address }) => address === PUMP_PROGRAM)) {
  await prepareVenues(localnet.cluster, binaries);
  const coin = await launchToken(rpcUrl, "pumpfun");
  for (const which of ["first", "second"])
    await measure(`${PUMPFUN_LEGS} legs on pump.fun, ${which} operation`, coin, PUMPFUN_LEGS);
} else console.log("(no binary of pump.fun: its rows are left out)");
await context.close();
await desk.close();
await localnet.close();
await rm(home, { recursive: true, force: true });
process.exit(isOver ? 1 : 0);
