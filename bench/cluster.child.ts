/**
 * Runs the bench's localnet in a separate process, so that the measurements of the worker do not include its work. The worker
 * uses a second HTTP server of the same cluster. That server adds a provider's latency and counts the calls.
 */
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { type Address, lamports } from "@solana/kit";
import { startDesk } from "../src/localnet/desk/index.ts";
import type { Faults } from "../src/localnet/faults.ts";
import { createHttpServer } from "../src/localnet/http-server.ts";
import { MACHINES, type MachineName, startLocalnet } from "../src/localnet/index.ts";
import { type LaunchVenue, launchToken, prepareVenues } from "../src/localnet/launch/index.ts";
import { findProgramsFolder, readProgramsFolder } from "../src/localnet/programs-folder.ts";

export type ClusterMethods = {
  where(): Promise<Where>;
  /** Resolves when a block has the airdrops. */
  airdrop(addresses: readonly Address[]): Promise<void>;
  deskToken(): Promise<Address>;
  /** Launches a token on this venue. Null if the programs' binaries are not available. */
  launch(venue: LaunchVenue): Promise<Address | null>;
  /** Returns the worker's calls by method since the last call of this function. */
  calls(): Promise<Record<string, number>>;
  /** Returns the CPU time that this process has used, ms. */
  cpu(): Promise<number>;
};

export type Where = {
  readonly pid: number;
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly genesisHash: string;
  readonly jupiterUrl: string;
};

const [machine = "today", latencyMs = "0"] = process.argv.slice(2);
const folder = findProgramsFolder(["../shared/programs", ".cto/programs"].map((path) => resolve(path)));
const binaries = folder === null ? null : readProgramsFolder(folder);
const localnet = await startLocalnet({
  ...MACHINES[machine as MachineName],
  ...(binaries ? { programs: binaries.programs } : {}),
});
if (binaries !== null) await prepareVenues(localnet.cluster, binaries);
const desk = await startDesk({ rpcUrl: localnet.rpcUrl });

let counted: Record<string, number> = {};
const faults: Faults = {
  latencyMs: Number(latencyMs),
  intercept(method) {
    counted[method] = (counted[method] ?? 0) + 1;
    return undefined;
  },
};
const door = createHttpServer(localnet.cluster, faults);
await door.listen({ host: "127.0.0.1", port: 0 });
const { port } = door.server.address() as AddressInfo;

const methods: ClusterMethods = {
  where: async () => ({
    pid: process.pid,
    rpcUrl: `http://127.0.0.1:${port}`,
    wsUrl: localnet.wsUrl,
    genesisHash: localnet.cluster.ledger.genesisHash,
    jupiterUrl: desk.url,
  }),
  async airdrop(addresses) {
    await Promise.all(
      addresses.map((address) => localnet.cluster.airdrop(address, lamports(20_000_000_000n))),
    );
  },
  deskToken: () => desk.createToken({ decimals: 6, supply: 10n ** 15n, lamportsReserve: 10n ** 13n }),
  launch: (venue) => (binaries === null ? Promise.resolve(null) : launchToken(localnet.rpcUrl, venue)),
  async calls() {
    const since = counted;
    counted = {};
    return since;
  },
  async cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

type Question = { readonly id: number; readonly method: keyof ClusterMethods; readonly args: unknown[] };

process.on("message", async ({ id, method, args }: Question) => {
  const work = methods[method] as (...given: unknown[]) => Promise<unknown>;
  try {
    process.send?.({ id, value: await work(...args) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
// The parent process has ended, or it wants this process to end.
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0 });
