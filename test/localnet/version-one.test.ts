/**
 * Tests version 1 transactions on the localnet: they land, their configuration sets their price, and the RPC returns
 * them to clients that accept this version.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { featureAccount, VERSION_ONE } from "../../src/localnet/features.ts";
import { call, fundedSigner, memo, SOL, send, signedV1, transfer } from "./support.ts";

const LIMITS = { computeUnitLimit: 100_000, loadedAccountsDataSizeLimit: 500_000 };

let cluster: Cluster;
beforeEach(() => {
  cluster = new Cluster({ slotMs: 0 });
});

async function transfers(count: number, config = LIMITS as Parameters<typeof signedV1>[3]) {
  const payer = await fundedSigner(cluster);
  const to = await Promise.all(Array.from({ length: count }, () => fundedSigner(cluster)));
  const instructions = to.map(({ address }) => transfer(payer, address, SOL / 10n));
  return signedV1(payer, cluster.head("processed").blockhash, [...instructions, memo("gm")], config);
}

const land = (wire: string) => {
  const signature = String(send(cluster, wire).result);
  cluster.tick(2);
  return { signature, landed: cluster.history().find((one) => one.signature === signature) };
};

const read = (signature: string, maxSupportedTransactionVersion: number | undefined, encoding = "json") =>
  call(cluster, "getTransaction", signature, {
    commitment: "confirmed",
    encoding,
    maxSupportedTransactionVersion,
  });

describe("a version 1 transaction", () => {
  it("lands, costs what its configuration says, and stands in the history with its memo", async () => {
    const { signature, landed } = land(await transfers(30, { ...LIMITS, priorityFeeLamports: 777n }));
    expect(landed).toMatchObject({ err: null, fee: 5_777n });
    expect(landed?.wire.length).toBeGreaterThan(1_232);
    const [payer] = landed?.accounts ?? [];
    const { result } = call(cluster, "getSignaturesForAddress", payer, { commitment: "confirmed" });
    expect(result).toMatchObject([{ signature, memo: "[2] gm", err: null }]);
  });

  it("is shown only to those who ask for its version", async () => {
    const { signature } = land(await transfers(1, { ...LIMITS, priorityFeeLamports: 7n }));
    for (const version of [0, undefined]) {
      expect(read(signature, version).error).toMatchObject({
        code: -32015,
        message: expect.stringContaining('"maxSupportedTransactionVersion": 1'),
      });
    }
    for (const encoding of ["json", "jsonParsed"]) {
      expect(read(signature, 1, encoding).result).toMatchObject({
        version: 1,
        transaction: {
          message: {
            transactionConfig: {
              priorityFee: 7n,
              computeUnitLimit: 100_000,
              loadedAccountsDataSizeLimit: 500_000,
              heapSize: null,
            },
          },
        },
      });
    }
    const { slot } = cluster.history()[0] ?? { slot: 0n };
    const block = (maxSupportedTransactionVersion: number) =>
      call(cluster, "getBlock", Number(slot), { commitment: "confirmed", maxSupportedTransactionVersion });
    expect(block(0).error?.code).toBe(-32015);
    expect(block(1).result).toMatchObject({ transactions: [{ version: 1 }] });
  });

  it("has no compute units and loads nothing unless it says how much", async () => {
    const { loadedAccountsDataSizeLimit, computeUnitLimit } = LIMITS;
    const { landed: noUnits } = land(await transfers(1, { loadedAccountsDataSizeLimit }));
    expect(noUnits?.err).toMatchObject({ InstructionError: [0, "ComputationalBudgetExceeded"] });
    const { landed: noData } = land(await transfers(1, { computeUnitLimit }));
    expect(noData?.err).toBe("MaxLoadedAccountsDataSizeExceeded");
    expect(noData?.fee).toBe(5_000n);
  });

  it("is refused above 4,096 bytes", () => {
    const { error } = send(cluster, Buffer.alloc(4_097, 1).toString("base64"));
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining("too large") });
  });
});

describe("a cluster without version 1", () => {
  it("takes none, until its feature is activated", async () => {
    cluster = new Cluster({ slotMs: 0, versionOne: false });
    const wire = await transfers(1);
    expect(send(cluster, wire).error).toMatchObject({
      code: -32602,
      message: expect.stringContaining("version"),
    });
    cluster.setAccount(featureAccount(VERSION_ONE, cluster.head("processed").slot));
    expect(land(wire).landed?.err).toBeNull();
  });
});
