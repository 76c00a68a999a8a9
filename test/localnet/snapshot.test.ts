/** Tests that a saved cluster continues from the state in which it was saved. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPairSigner, lamports } from "@solana/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { startLocalnet } from "../../src/localnet/index.ts";
import { call, fundedSigner, memo, SOL, send, signed, transfer } from "./support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "localnet-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a snapshot", () => {
  it("keeps accounts, blocks, blockhashes and history, and the cluster goes on from there", async () => {
    const snapshot = join(folder, "state");
    const before = new Cluster({ slotMs: 0, snapshot });
    before.tick(10);
    const payer = await fundedSigner(before);
    const { blockhash } = before.head("processed");
    const to = (await generateKeyPairSigner()).address;
    const wire = await signed(payer, blockhash, [transfer(payer, to, SOL), memo("kept")]);
    const signature = send(before, wire).result;
    const { slot } = before.tick();
    before.stop();

    const after = new Cluster({ slotMs: 0, snapshot });
    expect(after.ledger.genesisHash).toBe(before.ledger.genesisHash);
    expect(after.head("processed")).toEqual(before.head("processed"));
    expect(after.account(to)?.lamports).toBe(SOL);
    expect(after.history()).toEqual(before.history());

    send(after, wire);
    expect(after.tick()).toMatchObject({ slot: slot + 1n, signatures: [] });
    const fresh = await signed(payer, blockhash, [memo("an old blockhash is still alive")]);
    send(after, fresh);
    expect(after.tick().signatures).toHaveLength(1);
    await after.airdrop(to, lamports(SOL));
    expect(after.account(to)?.lamports).toBe(2n * SOL);

    after.tick(32);
    expect(call(after, "getSignaturesForAddress", to).result).toMatchObject([
      { memo: "[18] localnet airdrop 1" },
      { signature, memo: "[4] kept" },
    ]);
  });

  it("is saved when a localnet closes", async () => {
    const snapshot = join(folder, "state");
    const { address } = await generateKeyPairSigner();
    {
      await using localnet = await startLocalnet({ slotMs: 20, snapshot });
      await localnet.cluster.airdrop(address, lamports(SOL));
    }
    await using restored = await startLocalnet({ slotMs: 20, snapshot });
    expect(restored.cluster.account(address)?.lamports).toBe(SOL);
  });

  it("is refused when the file is something else", () => {
    const snapshot = join(folder, "state");
    writeFileSync(snapshot, "not a snapshot");
    expect(() => new Cluster({ snapshot })).toThrow(
      expect.objectContaining({ code: "CTO_E_LOCALNET_FAILED" }),
    );
  });
});
