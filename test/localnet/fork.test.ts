/**
 * Tests a fork on the localnet: it replaces blocks that are not final, and a dropped transaction may land again if it
 * is sent again.
 */
import { generateKeyPairSigner } from "@solana/kit";
import { beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { MACHINES } from "../../src/localnet/machines.ts";
import { call, fundedSigner, SOL, send, signed, transfer } from "./support.ts";

let cluster: Cluster;
beforeEach(() => {
  // Only this machine has confirmed blocks that are not final.
  cluster = new Cluster({ ...MACHINES.tower, slotMs: 0, forkable: true });
});

const pay = async () => {
  const payer = await fundedSigner(cluster);
  cluster.tick(40);
  const to = (await generateKeyPairSigner()).address;
  const { blockhash } = cluster.head("finalized");
  const before = cluster.account(payer.address)?.lamports;
  const wire = await signed(payer, blockhash, [transfer(payer, to, SOL)]);
  const signature = send(cluster, wire).result as string;
  cluster.tick();
  return { payer, to, wire, signature, before };
};

const status = (signature: string): unknown =>
  (call(cluster, "getSignatureStatuses", [signature]).result as { value: unknown[] }).value[0];

describe("a fork", () => {
  it("drops a transaction with its effects and its status; sent again, it lands again", async () => {
    const { payer, to, wire, signature, before } = await pay();
    const head = cluster.tick(3);
    expect(status(signature)).toMatchObject({ confirmationStatus: "confirmed" });

    const dropped = cluster.fork((transaction) => transaction.signature !== signature);
    expect(dropped.map((one) => String(one.signature))).toEqual([signature]);
    expect(cluster.head("processed")).toMatchObject({ height: head.height, slot: head.slot });
    expect(cluster.head("processed").blockhash).not.toBe(head.blockhash);
    expect(status(signature)).toBeNull();
    expect(cluster.account(to)).toBeNull();
    expect(cluster.account(payer.address)?.lamports).toBe(before);
    expect(cluster.history().some((one) => String(one.signature) === signature)).toBe(false);
    expect(call(cluster, "getSignaturesForAddress", to).result).toEqual([]);

    send(cluster, wire);
    expect(cluster.tick().signatures).toEqual([signature]);
    expect(cluster.account(to)?.lamports).toBe(SOL);
  });

  it("keeps what it is told to keep, in the slot where it was, and what waits goes on waiting", async () => {
    const kept = await pay();
    const slot = cluster.head("processed").slot;
    const waiting = await signed(kept.payer, cluster.head("finalized").blockhash, [
      transfer(kept.payer, kept.to, 2n * SOL),
    ]);
    send(cluster, waiting);
    expect(cluster.fork(() => true)).toEqual([]);
    expect(cluster.account(kept.to)?.lamports).toBe(SOL);
    expect(cluster.ledger.blockAt(slot)?.signatures).toEqual([kept.signature]);
    cluster.tick();
    expect(cluster.account(kept.to)?.lamports).toBe(3n * SOL);
  });

  it("does not touch what is final", async () => {
    const { to, signature } = await pay();
    cluster.tick(32);
    expect(cluster.fork(() => false)).toEqual([]);
    expect(status(signature)).toMatchObject({ confirmationStatus: "finalized" });
    expect(cluster.account(to)?.lamports).toBe(SOL);
  });

  it("drops a transaction whose blockhash belongs to a replaced block", async () => {
    const first = await pay();
    const payer = await fundedSigner(cluster);
    cluster.tick();
    const to = (await generateKeyPairSigner()).address;
    const wire = await signed(payer, cluster.head("processed").blockhash, [transfer(payer, to, SOL)]);
    const late = send(cluster, wire).result;
    cluster.tick();
    const dropped = cluster.fork(({ signature }) => signature !== first.signature);
    expect(dropped.map(({ signature }) => String(signature))).toEqual([first.signature, late]);
  });
});
