/**
 * Tests which servers may act as Jupiter: any over https, this machine, or the localnet's desk. It also tests whose
 * firm quotes are accepted.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";
import { findCluster, writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { createLocalnetCheck } from "../../src/runtime/localnet-check.ts";
import { startFaultServer } from "../chain/fault-server.ts";

const REMOTE = { SOLANA_RPC_URL: "https://rpc.example.org", ENCRYPTION_SECRET: "sixteen characters" };

describe("the check of Jupiter's answers", () => {
  let home: string;
  let localnet: Localnet;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "cto-door-"));
    localnet = await startLocalnet({ slotMs: 1_000 });
  });
  afterEach(async () => {
    await localnet.close();
    await rm(home, { recursive: true, force: true });
  });

  const configOf = (env: Record<string, string>) => readConfig({ CTO_HOME: home, ...env });
  const announce = (jupiterUrl = "http://127.0.0.1:9") => {
    const { rpcUrl, wsUrl } = localnet;
    const { genesisHash } = localnet.cluster.ledger;
    return writeLocalnetAddress(configOf({}), { pid: process.pid, rpcUrl, wsUrl, jupiterUrl, genesisHash });
  };

  it.each([
    ["https://api.example.org/jup", true],
    ["http://127.0.0.1:8080/jup", true],
    ["http://localhost:8080", true],
    ["http://[::1]:8080", true],
    ["http://api.jup.ag", false],
    ["http://127.0.0.1.example.org", false],
    ["http://10.0.0.7:8080", false],
  ])("accepts %s: %s", async (url, isLetIn) => {
    const found = findCluster(configOf({ ...REMOTE, JUPITER_URL: url }));
    if (isLetIn) expect((await found).jupiterUrl).toBe(url);
    else await expect(found).rejects.toMatchObject({ code: "CTO_E_CONFIG_INVALID" });
  });

  it("accepts the localnet's own desk at any address", async () => {
    const url = "http://desk.internal:8901";
    await announce(`${url}/`);
    expect((await findCluster(configOf({ JUPITER_URL: url }))).jupiterUrl).toBe(url);
    const other = findCluster(configOf({ JUPITER_URL: "http://desk.internal:8902" }));
    await expect(other).rejects.toMatchObject({ code: "CTO_E_CONFIG_INVALID" });
  });

  it("takes a firm quote where every endpoint is of the cluster that this CTO_HOME's own process runs", async () => {
    const check = createLocalnetCheck(configOf({}), [localnet.rpcUrl]);
    expect(await check()).toBe(false); // No localnet is announced yet.
    await announce();
    expect(await check()).toBe(true);
    await using foreign = await startLocalnet({ slotMs: 1_000 });
    expect(await createLocalnetCheck(configOf({}), [foreign.rpcUrl])()).toBe(false);
    expect(await createLocalnetCheck(configOf({}), [localnet.rpcUrl, foreign.rpcUrl])()).toBe(false);
  });

  it("does not guess if an endpoint does not return its genesis hash", async () => {
    await announce();
    await using silent = await startFaultServer(() => ({ status: 500 }), null);
    await expect(createLocalnetCheck(configOf({}), [silent.url])()).rejects.toMatchObject({
      code: "CTO_E_RPC_UNAVAILABLE",
    });
  });
});
