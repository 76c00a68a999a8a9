/** Creates everything that the demo needs, in this process and in one temporary folder, and removes it at the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lamports } from "@solana/kit";
import { LAMPORTS_PER_SOL } from "../../base/sol.ts";
import { readConfig } from "../../config.ts";
import type { Address, Wallet } from "../../engine/ports.ts";
import type { MachineName } from "../../localnet/index.ts";
import { type LaunchVenue, launchToken } from "../../localnet/launch/index.ts";
import { type CTOContext, closeInTurn, openContext } from "../../runtime/context.ts";
import { addUser } from "../../services/users.ts";
import { generateWallets } from "../../services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../worker/cto-worker.ts";
import { machineOf } from "../localnet-options.ts";
import { type RunningLocalnet, runLocalnet } from "../run-localnet.ts";

export const DEMO_USER = "demo";
/** The wallets get more than the operations need. The remaining balance shows that only the planned amount is spent. */
const SOL_PER_BUYER = 2n;
const SOL_FOR_FUNDING = 5n;
const TOKEN = {
  decimals: 6,
  supply: 1_000_000_000_000_000n,
  lamportsReserve: 1_000n * LAMPORTS_PER_SOL,
  symbol: "DEMO",
  name: "Demo token",
};

export type DemoStage = RunningLocalnet & {
  readonly context: CTOContext;
  readonly worker: CTOWorker;
  readonly wallets: readonly Wallet[];
  readonly mint: Address;
};

export type DemoOptions = {
  readonly cluster: MachineName;
  readonly slotMs?: number;
  readonly legs: number;
  /** Launches the token on this venue's real program, instead of the desk's market. */
  readonly venue?: LaunchVenue;
  /** The folder of the program binaries. Default: `.cto/programs`. */
  readonly programs?: string;
};

/** Ignores the environment's database, queue and cluster, so that the demo never uses real ones. */
export async function openStage(
  { legs, venue, programs, ...machine }: DemoOptions,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<DemoStage> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = (): Promise<void> => closeInTurn(closers.splice(0));
  try {
    const home = await mkdtemp(join(tmpdir(), "cto-demo-"));
    closers.push(() => rm(home, { recursive: true, force: true }));
    const config = readConfig({ CTO_HOME: home, CTO_LOG: "silent" });
    note("Starting PostgreSQL, the queue, a Solana localnet and its market maker ...");
    const programsFolder =
      venue === undefined ? undefined : (programs ?? join(readConfig().CTO_HOME, "programs"));
    const running = await runLocalnet(config, {
      ...machineOf(machine),
      ...(programsFolder ? { programsFolder } : {}),
    });
    closers.push(() => running.close());
    signal.throwIfAborted();
    const context = await openContext(config);
    closers.push(() => context.close());
    signal.throwIfAborted();
    const worker = await createCTOWorker({ context });
    closers.push(() => worker.close());
    note(`Making a user, a funding wallet, ${legs} buyers and a token ...`);
    const wallets = await makeWallets(context, running, legs);
    const mint =
      venue === undefined
        ? await running.desk.createToken(TOKEN)
        : await launchToken(running.localnet.rpcUrl, venue);
    signal.throwIfAborted();
    return { ...running, context, worker, wallets, mint, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

async function makeWallets(
  context: CTOContext,
  { localnet }: RunningLocalnet,
  legs: number,
): Promise<Wallet[]> {
  await addUser(context, { id: DEMO_USER });
  const funding = await generateWallets(context, DEMO_USER, 1, { role: "funding" });
  const buyers = await generateWallets(context, DEMO_USER, legs, { role: "buyer" });
  const give = (wallets: readonly Wallet[], sol: bigint) =>
    wallets.map(({ address }) => localnet.cluster.airdrop(address, lamports(sol * LAMPORTS_PER_SOL)));
  await Promise.all([...give(funding, SOL_FOR_FUNDING), ...give(buyers, SOL_PER_BUYER)]);
  return [...funding, ...buyers];
}
