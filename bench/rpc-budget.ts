/**
 * How many RPC calls one operation takes, by the number of its legs: `npm run bench`. The budget is n sends and at most
 * 8 other calls, and two more for every hundred accounts beyond the first. Counts, not times: they depend on the machine only where it is too slow to keep up.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lamports } from "@solana/kit";
import { readConfig } from "../src/config.ts";
import { writeLocalnetAddress } from "../src/jobs/cluster-address.ts";
import { openContext } from "../src/jobs/context.ts";
import { createCTOWorker } from "../src/jobs/cto-worker.ts";
import { enqueue, readStatus } from "../src/jobs/operations.ts";
import { generateWallets } from "../src/jobs/wallets.ts";
import { startDesk } from "../src/localnet/desk/index.ts";
import { startLocalnet } from "../src/localnet/index.ts";

const LEGS = [1, 5, 20, 50];
/** The mint, and where the venues' markets would be. */
const MARKET_ACCOUNTS = 25;
/** Accounts are read 100 at a time: those of the token, and three per wallet; before the buys and after them. */
const extraBatches = (legs: number): number => Math.ceil((MARKET_ACCOUNTS + 3 * legs) / 100) - 1;
const home = await mkdtemp(join(tmpdir(), "cto-bench-"));
const config = readConfig({ CTO_HOME: home, CTO_LOG: "silent" });
const localnet = await startLocalnet({ slotMs: 400 });
const desk = await startDesk({ rpcUrl: localnet.rpcUrl });
const { rpcUrl, wsUrl } = localnet;
await writeLocalnetAddress(config, { pid: process.pid, rpcUrl, wsUrl, jupiterUrl: desk.url });
const context = await openContext(config);
const tokenAddress = await desk.createToken({ decimals: 6, supply: 10n ** 15n, lamportsReserve: 10n ** 13n });
console.log("| legs | sends | other calls | of them status polls |\n|---|---|---|---|");
let isOver = false;
for (const legs of LEGS) {
  const userId = `legs-${legs}`;
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
  for (;;) {
    const { status } = await readStatus(context, jobId);
    if (status !== "waiting" && status !== "active") break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { sendTransaction = 0, ...others } = worker.ports.chain.stats().calls;
  await worker.close();
  const sum = Object.values(others).reduce((all, calls) => all + calls, 0);
  console.log(`| ${legs} | ${sendTransaction} | ${sum} | ${others.getSignatureStatuses ?? 0} |`);
  isOver ||= sendTransaction > legs || sum > 8 + 2 * extraBatches(legs);
}
await context.close();
await desk.close();
await localnet.close();
await rm(home, { recursive: true, force: true });
process.exit(isOver ? 1 : 0);
