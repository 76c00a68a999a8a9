/**
 * Tests that a localnet behaves like the machine that was selected, and returns that machine's values as a node would.
 */
import { generateKeyPairSigner, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { CLUSTER_ACCOUNTS, readClusterFacts } from "../../src/engine/ports.ts";
import { type Localnet, MACHINES, startLocalnet } from "../../src/localnet/index.ts";

const ask = async ({ rpcUrl }: Localnet, method: string, params: unknown[] = []) => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await fetch(rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return (await answer.json()) as { result?: unknown; error?: { code: number } };
};

describe.each(["today", "tower"] as const)("the localnet as %s", (name) => {
  const machine = MACHINES[name];
  const start = () => startLocalnet({ ...machine, slotMs: 0 });

  it("returns its rent, its consensus and whether version 1 is on", async () => {
    await using localnet = await start();
    const chain = createChain({ urls: [localnet.rpcUrl] });
    expect(await chain.consensus()).toBe(machine.consensus);
    const { lamportsPerByte, versionOne } = readClusterFacts(await chain.fetchAccounts(CLUSTER_ACCOUNTS));
    expect({ lamportsPerByte, versionOne }).toEqual({
      lamportsPerByte: machine.lamportsPerByte,
      versionOne: machine.versionOne,
    });
    chain.close();
  });

  it("finalizes so many blocks after the block", async () => {
    await using localnet = await start();
    const { address } = await generateKeyPairSigner();
    const signature = localnet.cluster.requestAirdrop(address, lamports(5_000_000n));
    const block = localnet.cluster.tick();
    if (machine.finalizedDepth > 1) localnet.cluster.tick(machine.finalizedDepth - 1);
    const status = async () => (await ask(localnet, "getSignatureStatuses", [[signature]])).result;
    const confirmationStatus = machine.finalizedDepth > machine.confirmedDepth ? "confirmed" : "processed";
    expect(await status()).toMatchObject({ value: [{ slot: Number(block.slot), confirmationStatus }] });
    localnet.cluster.tick();
    expect(await status()).toMatchObject({ value: [{ confirmationStatus: "finalized" }] });
  });
});

describe("the localnet", () => {
  it("skips slots where it is told to, and heights do not", async () => {
    await using localnet = await startLocalnet({ ...MACHINES.today, slotMs: 0 });
    const { slot, height } = localnet.cluster.head("processed");
    const after = localnet.cluster.tick(40);
    expect(after.height - height).toBe(40n);
    expect(after.slot - slot).toBeGreaterThan(40n);
    const skipped = slot + (16n - (slot % 16n));
    expect(localnet.cluster.ledger.blockAt(skipped)).toBeNull();
    expect((await ask(localnet, "getBlock", [Number(skipped)])).error?.code).toBe(-32_007);
    const next = await ask(localnet, "getBlock", [Number(skipped + 1n)]);
    expect(next.result).toMatchObject({ parentSlot: Number(skipped - 1n) });
    const blocks = await ask(localnet, "getBlocks", [Number(skipped - 1n), Number(skipped + 1n)]);
    expect(blocks.result).toEqual([Number(skipped - 1n), Number(skipped + 1n)]);
  });

  it("moves its rent while it runs, and leaves alone what is open", async () => {
    await using localnet = await startLocalnet({ ...MACHINES.today, slotMs: 0 });
    const chain = createChain({ urls: [localnet.rpcUrl] });
    const { cluster } = localnet;
    const rent = async () => readClusterFacts(await chain.fetchAccounts(CLUSTER_ACCOUNTS)).lamportsPerByte;
    const { address } = await generateKeyPairSigner();
    await cluster.airdrop(address, lamports(128n * 5_080n));
    expect((await ask(localnet, "ctoSetRent", [6_960])).result).toBe(6_960);
    expect(await rent()).toBe(6_960n);
    expect((await ask(localnet, "getMinimumBalanceForRentExemption", [0])).result).toBe(890_880);
    // Under SIMD-0392, the account may receive lamports without becoming rent-exempt.
    await cluster.airdrop(address, lamports(1n));
    expect(cluster.account(address)?.lamports).toBe(128n * 5_080n + 1n);
    chain.close();
  });
});
