/**
 * Tests SIMD-0290 on the localnet: a block may include a transaction whose payer cannot pay, without executing it and
 * without a cost.
 */
import { generateKeyPairSigner, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { call, fundedSigner, memo, SOL, send, signed, transfer } from "./support.ts";

const after = (cluster: Cluster, signature: string) =>
  call(cluster, "getTransaction", signature, { maxSupportedTransactionVersion: 1 }).result;

describe("a transaction whose payer cannot pay", () => {
  it.each([
    { left: 0n, err: "AccountNotFound" },
    { left: 4_999n, err: "InsufficientFundsForFee" },
    { left: 650_240n + 4_999n, err: { InsufficientFundsForRent: { account_index: 0 } } },
  ])("is in a block with $err, holding $left, and no fee, and never again", async ({ left, err }) => {
    const cluster = new Cluster({ slotMs: 0, includesUnpaid: true });
    const payer = await fundedSigner(cluster);
    const to = await generateKeyPairSigner();
    const now = cluster.head("processed").blockhash;
    const wire = await signed(payer, now, [transfer(payer, to.address, SOL), memo("gm")]);
    cluster.setBalance(payer.address, lamports(left));
    const signature = String(send(cluster, wire).result);
    cluster.tick(40);
    expect(after(cluster, signature)).toMatchObject({
      meta: {
        err,
        fee: 0n,
        preBalances: [left, 0n, 1n, expect.anything()],
        postBalances: [left, 0n, 1n, expect.anything()],
      },
    });
    // Its message is in the status cache. It is not executed, even though the payer can pay now.
    cluster.setBalance(payer.address, lamports(10n * SOL));
    send(cluster, wire);
    expect(cluster.tick().signatures).toEqual([]);
  });

  it("is dropped silently where the feature is off", async () => {
    const cluster = new Cluster({ slotMs: 0 });
    const poor = await generateKeyPairSigner();
    send(cluster, await signed(poor, cluster.head("processed").blockhash, [memo("gm")]));
    expect(cluster.tick().signatures).toEqual([]);
  });
});
