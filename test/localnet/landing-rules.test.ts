/**
 * Tests the rules on which the engine's safety depends: what lands, what is dropped, and what the RPC returns for it.
 */
import { createHash } from "node:crypto";
import { generateKeyPairSigner, getBase58Decoder, getBase64Encoder, lamports } from "@solana/kit";
import { beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { MACHINES } from "../../src/localnet/machines.ts";
import { call, fundedSigner, memo, SOL, send, signed, transfer } from "./support.ts";

let cluster: Cluster;
beforeEach(() => {
  cluster = new Cluster({ slotMs: 0 });
});

/** Signs a transfer of 1 SOL to a new address, with the newest block's blockhash. */
const transferNow = async () => {
  const payer = await fundedSigner(cluster);
  const to = (await generateKeyPairSigner()).address;
  const { blockhash } = cluster.head("processed");
  return { payer, to, wire: await signed(payer, blockhash, [transfer(payer, to, SOL)]) };
};

const lastValid = (): bigint => cluster.ledger.lastValidBlockHeight(cluster.head("processed"));

describe("the blockhash window", () => {
  it("lands a transaction in block L + 1, the last that may carry it", async () => {
    const limit = lastValid();
    const { to, wire } = await transferNow();
    cluster.tick(Number(limit - cluster.head("processed").height));
    expect(cluster.head("processed").height).toBe(limit);
    const { result } = send(cluster, wire);
    const block = cluster.tick();
    expect(block.height).toBe(limit + 1n);
    expect(block.signatures).toEqual([result]);
    expect(cluster.account(to)?.lamports).toBe(SOL);
  });

  it("drops it silently in block L + 2, and returns BlockhashNotFound in preflight", async () => {
    const limit = lastValid();
    const { to, wire } = await transferNow();
    cluster.tick(Number(limit - cluster.head("processed").height) + 1);
    expect(send(cluster, wire).result).toBeTypeOf("string");
    expect(cluster.tick().signatures).toEqual([]);
    expect(cluster.account(to)).toBeNull();

    const { error } = send(cluster, wire, { preflightCommitment: "processed" });
    expect(error).toMatchObject({ code: -32002, data: { err: "BlockhashNotFound", unitsConsumed: 0n } });
    expect(error?.message).toBe("Transaction simulation failed: Blockhash not found");
  });

  it("calls a blockhash valid until its lastValidBlockHeight, at the commitment asked for", () => {
    const { blockhash } = cluster.tick();
    const valid = (commitment: string) => call(cluster, "isBlockhashValid", blockhash, { commitment }).result;
    expect(valid("processed")).toMatchObject({ value: true });
    expect(valid("finalized")).toMatchObject({ value: false });
    cluster.tick(150);
    expect(valid("processed")).toMatchObject({ value: true });
    cluster.tick();
    expect(valid("processed")).toMatchObject({ value: false });
    expect(valid("finalized")).toMatchObject({ value: true });
  });

  it("drops a blockhash that it never made", async () => {
    const payer = await fundedSigner(cluster);
    const other = new Cluster({ slotMs: 0 }).head("processed").blockhash;
    send(cluster, await signed(payer, other, [memo("from elsewhere")]));
    expect(cluster.tick().signatures).toEqual([]);
  });
});

describe("duplicates", () => {
  it("lands the same bytes once, however often they are sent", async () => {
    const { to, wire } = await transferNow();
    send(cluster, wire);
    send(cluster, wire);
    expect(cluster.tick().signatures).toHaveLength(1);
    send(cluster, wire);
    expect(cluster.tick().signatures).toEqual([]);
    expect(cluster.account(to)?.lamports).toBe(SOL);
    expect(send(cluster, wire, { preflightCommitment: "processed" }).error).toMatchObject({
      code: -32002,
      data: { err: "AlreadyProcessed" },
    });
  });
});

describe("commitments of the older machine", () => {
  beforeEach(() => {
    cluster = new Cluster({ ...MACHINES.tower, slotMs: 0 });
  });

  it("follow each other: processed, confirmed one block later, finalized 32 blocks later", async () => {
    const { wire } = await transferNow();
    const signature = String(send(cluster, wire).result);
    const { slot } = cluster.tick();
    const status = () => {
      const { result } = call(cluster, "getSignatureStatuses", [signature]) as {
        result: { value: unknown[] };
      };
      return result.value[0];
    };
    expect(status()).toMatchObject({ slot, confirmationStatus: "processed", confirmations: 0n, err: null });
    expect(
      call(cluster, "getTransaction", signature, {
        commitment: "confirmed",
        maxSupportedTransactionVersion: 0,
      }).result,
    ).toBeNull();
    cluster.tick();
    expect(status()).toMatchObject({ confirmationStatus: "confirmed", confirmations: 1n });
    cluster.tick(30);
    expect(status()).toMatchObject({ confirmationStatus: "confirmed" });
    cluster.tick();
    expect(status()).toMatchObject({ confirmationStatus: "finalized", confirmations: null });
  });

  it("give slots and heights that differ, each behind the other by its depth", () => {
    cluster.tick(40);
    const read = (method: string, commitment: string) => Number(call(cluster, method, { commitment }).result);
    expect(read("getBlockHeight", "processed")).toBe(40);
    expect(read("getBlockHeight", "confirmed")).toBe(39);
    expect(read("getBlockHeight", "finalized")).toBe(8);
    expect(read("getSlot", "finalized") - read("getBlockHeight", "finalized")).toBe(432_000);
  });

  it("refuses what has not reached minContextSlot", () => {
    const { slot } = cluster.tick();
    const { error } = call(cluster, "getSlot", { commitment: "finalized", minContextSlot: Number(slot) });
    expect(error).toMatchObject({ code: -32016, data: { contextSlot: 432_000n } });
  });
});

describe("the status cache", () => {
  it("forgets after its slots, and only the search in history finds the signature then", async () => {
    cluster = new Cluster({ slotMs: 0, skipEvery: 0, statusCacheSlots: 50 });
    const { wire } = await transferNow();
    const signature = send(cluster, wire).result;
    cluster.tick();
    const status = (searchTransactionHistory: boolean) =>
      call(cluster, "getSignatureStatuses", [signature], { searchTransactionHistory }).result;
    cluster.tick(49);
    expect(status(false)).toMatchObject({ value: [{ err: null }] });
    cluster.tick();
    expect(status(false)).toMatchObject({ value: [null] });
    expect(status(true)).toMatchObject({ value: [{ confirmationStatus: "finalized" }] });
  });
});

describe("preflight", () => {
  it("answers an instruction's error in agave's shape, with logs", async () => {
    const payer = await fundedSigner(cluster);
    const to = (await generateKeyPairSigner()).address;
    const wire = await signed(payer, cluster.head("processed").blockhash, [transfer(payer, to, 99n * SOL)]);
    const { error } = send(cluster, wire, { preflightCommitment: "processed" });
    const logs = expect.arrayContaining([expect.stringContaining("insufficient lamports")]);
    expect(error).toMatchObject({
      code: -32002,
      data: { logs, err: { InstructionError: [0, { Custom: 1 }] } },
    });
  });

  it("names the account that would be left without rent", async () => {
    const payer = await fundedSigner(cluster);
    const to = (await generateKeyPairSigner()).address;
    const wire = await signed(payer, cluster.head("processed").blockhash, [transfer(payer, to, 1n)]);
    expect(send(cluster, wire, { preflightCommitment: "processed" }).error).toMatchObject({
      data: { err: { InsufficientFundsForRent: { account_index: 1 } } },
    });
    send(cluster, wire);
    cluster.tick();
    expect(cluster.history()[0]).toMatchObject({
      err: { InsufficientFundsForRent: { account_index: 1 } },
      fee: 5_000n,
    });
  });

  it("refuses a signature that is not the signer's, and without preflight drops it", async () => {
    const { wire } = await transferNow();
    const bytes = Buffer.from(wire, "base64");
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    const forged = bytes.toString("base64");
    expect(send(cluster, forged, { preflightCommitment: "processed" }).error).toMatchObject({ code: -32003 });
    expect(send(cluster, forged).result).toBeTypeOf("string");
    expect(cluster.tick().signatures).toEqual([]);
  });

  it("drops, when skipped, a transaction whose payer has nothing", async () => {
    const payer = await generateKeyPairSigner();
    send(cluster, await signed(payer, cluster.head("processed").blockhash, [memo("no money")]));
    expect(cluster.tick().signatures).toEqual([]);
  });
});

describe("mangled transactions", () => {
  it("are refused or dropped, whichever byte is wrong, and the cluster goes on", async () => {
    const { wire } = await transferNow();
    const bytes = Buffer.from(wire, "base64");
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 0xff, (bytes[at] ?? 0) + 1]) {
        const mangled = Buffer.from(bytes);
        mangled[at] = value;
        if (mangled.equals(bytes)) continue;
        const text = mangled.toString("base64");
        const simulated = call(cluster, "simulateTransaction", text, {
          encoding: "base64",
          replaceRecentBlockhash: true,
        });
        expect(simulated.error?.code ?? "result").toBeOneOf([-32602, "result"]);
        send(cluster, text);
      }
    }
    expect(cluster.tick().signatures).toEqual([]);
  });
});

describe("bad requests", () => {
  const garbage = getBase58Decoder().decode(createHash("sha256").update("garbage").digest());
  it.each([
    ["an unknown method", "getNothing", [], -32601],
    ["a missing parameter", "getBalance", [], -32602],
    ["a malformed address", "getAccountInfo", ["nope"], -32602],
    ["too many accounts", "getMultipleAccounts", [Array.from({ length: 101 }, () => garbage)], -32602],
    ["bytes that are no transaction", "sendTransaction", [garbage], -32602],
    [
      "a transaction that is too large",
      "sendTransaction",
      ["A".repeat(1644 + 4), { encoding: "base64" }],
      -32602,
    ],
    ["a block that is not there yet", "getBlock", [999_999_999], -32004],
    ["a block before the first one", "getBlock", [1], -32001],
    ["history at processed", "getSignaturesForAddress", [garbage, { commitment: "processed" }], -32602],
  ])("refuses %s with agave's code", (_name, method, params, code) => {
    expect(call(cluster, method, ...params).error?.code).toBe(code);
  });
});

describe("simulation", () => {
  it("does not verify signatures over a blockhash that it replaces", async () => {
    const { wire } = await transferNow();
    const config = { encoding: "base64", sigVerify: true, replaceRecentBlockhash: true };
    expect(call(cluster, "simulateTransaction", wire, config).error?.code).toBe(-32602);
  });

  it("says BlockhashNotFound in its value when the blockhash has expired", async () => {
    const { wire } = await transferNow();
    cluster.tick(151);
    const config = { encoding: "base64", commitment: "processed" };
    expect(call(cluster, "simulateTransaction", wire, config).result).toMatchObject({
      value: { err: "BlockhashNotFound", logs: [], accounts: null },
    });
  });
});

describe("fees", () => {
  it("takes what getFeeForMessage says, priority included", async () => {
    const payer = await fundedSigner(cluster);
    const programAddress = "ComputeBudget111111111111111111111111111111" as typeof payer.address;
    const limit = { programAddress, data: new Uint8Array([2, 0x40, 0x0d, 0x03, 0]) };
    const price = { programAddress, data: new Uint8Array([3, 0xa1, 0x86, 1, 0, 0, 0, 0, 0]) };
    const { blockhash } = cluster.head("processed");
    for (const instructions of [
      [memo("plain")],
      [price, memo("default units")],
      [limit, price, memo("all said")],
    ]) {
      const wire = await signed(payer, blockhash, instructions);
      const message = Buffer.from(getBase64Encoder().encode(wire)).subarray(65).toString("base64");
      const asked = call(cluster, "getFeeForMessage", message, { commitment: "processed" }).result;
      const signature = send(cluster, wire).result;
      cluster.tick();
      const landed = cluster.history().find((each) => each.signature === signature);
      expect(asked).toMatchObject({ value: landed?.fee });
    }
  });

  it("shows the prices that were paid on the accounts asked for", async () => {
    const payer = await fundedSigner(cluster);
    const programAddress = "ComputeBudget111111111111111111111111111111" as typeof payer.address;
    const price = { programAddress, data: new Uint8Array([3, 0xa1, 0x86, 1, 0, 0, 0, 0, 0]) };
    send(cluster, await signed(payer, cluster.head("processed").blockhash, [price, memo("priced")]));
    const { slot } = cluster.tick();
    const fees = (of: string) =>
      call(cluster, "getRecentPrioritizationFees", [of]).result as { slot: bigint }[];
    expect(fees(payer.address)).toContainEqual({ slot, prioritizationFee: 100_001n });
    const stranger = (await generateKeyPairSigner()).address;
    expect(fees(stranger)).toContainEqual({ slot, prioritizationFee: 0n });
  });
});

describe("airdrops", () => {
  it("two equal ones in one slot both land", async () => {
    const { address } = await generateKeyPairSigner();
    cluster.requestAirdrop(address, lamports(SOL));
    cluster.requestAirdrop(address, lamports(SOL));
    expect(cluster.tick().signatures).toHaveLength(2);
    expect(cluster.account(address)?.lamports).toBe(2n * SOL);
  });
});
