/** Tests that a request for a test token says plainly why there is none. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { createToken } from "../../src/services/test-token.ts";

const TOKEN = { decimals: 6, supply: 1_000_000n, lamportsReserve: 1_000_000n };

let home: string;
let own: Localnet;
let other: Localnet;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cto-token-"));
  [own, other] = await Promise.all([startLocalnet(), startLocalnet()]);
});
afterAll(async () => {
  await Promise.all([own.close(), other.close()]);
  await rm(home, { recursive: true, force: true });
});

const on = (url?: string) =>
  readConfig({
    CTO_HOME: home,
    ...(url === undefined ? {} : { SOLANA_RPC_URL: url, ENCRYPTION_SECRET: "a secret of a test" }),
  });
const reasonOf = (url?: string): Promise<string> =>
  createToken(on(url), TOKEN).then(
    () => "made",
    ({ code, message }) => `${code} ${message}`,
  );

it("is refused on a private cluster, which has no desk, and where no localnet runs", async () => {
  const refusal = "CTO_E_TOKEN_NEEDS_LOCALNET Test tokens are made on the localnet of this folder only:";
  const { host } = new URL(other.rpcUrl);
  expect(await reasonOf()).toBe(`${refusal} none is running`);
  expect(await reasonOf(other.rpcUrl)).toBe(`${refusal} SOLANA_RPC_URL names ${host}, and none is running`);

  const { rpcUrl, wsUrl, cluster } = own;
  const { genesisHash } = cluster.ledger;
  await writeLocalnetAddress(on(), {
    pid: process.pid,
    rpcUrl,
    wsUrl,
    genesisHash,
    jupiterUrl: "http://127.0.0.1:9",
  });
  expect(await reasonOf(other.rpcUrl)).toBe(
    `${refusal} SOLANA_RPC_URL names ${host}, which is another cluster`,
  );
  // Both of these reach the desk, which does not run here.
  expect(await reasonOf(rpcUrl)).toContain("CTO_E_DESK_FAILED");
  expect(await reasonOf()).toContain("CTO_E_DESK_FAILED");
});
