/** Tests that an endpoint without a usable Rent or Clock sysvar is passed over like one that does not answer, and final reads. */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import {
  CLOCK_SYSVAR,
  CLUSTER_ACCOUNTS,
  type RawAccount,
  RENT_SYSVAR,
  readClusterFacts,
} from "../../src/engine/ports.ts";
import { clusterAccounts, rentSysvar } from "../support/cluster-accounts.ts";
import { type Handler, startFaultServer } from "./fault-server.ts";

const WALLET = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const GOOD = clusterAccounts({ lamportsPerByte: 5_080n });

/** A node with these accounts, and with the given changes. It refuses more than `most` addresses per call. */
const nodeWith =
  (changes: readonly (readonly [Address, RawAccount | null])[] = [], most = 100): Handler =>
  ({ method, params }) => {
    if (method !== "getMultipleAccounts") return { error: { code: -32601, message: "Method not found" } };
    const addresses = params[0] as Address[];
    if (addresses.length > most)
      return { error: { code: -32602, message: "Too many inputs provided; max 2" } };
    const accounts = new Map<Address, RawAccount | null>([...GOOD, ...changes]);
    const value = addresses.map((at) => {
      const account = accounts.get(at) ?? null;
      if (account === null) return null;
      const { owner, lamports, data } = account;
      return { owner, lamports: Number(lamports), data: [Buffer.from(data).toString("base64"), "base64"] };
    });
    return { result: { context: { slot: 10 }, value } };
  };

it("reads the last final state at an endpoint, although what it confirmed is far newer", async () => {
  await using server = await startFaultServer(async (request, before) => {
    const reading = nodeWith()(request, before);
    if (request.method !== "getMultipleAccounts") return reading;
    const { commitment, minContextSlot = 0 } = request.params[1] as {
      commitment: string;
      minContextSlot?: number;
    };
    const slot = commitment === "finalized" ? 1_000 : 1_032;
    if (minContextSlot > slot)
      return { error: { code: -32016, message: "Minimum context slot has not been reached" } };
    const { result } = (await reading) as { result: object };
    return { result: { ...result, context: { slot } } };
  });
  const chain = createChain({ urls: [server.url], retryBaseMs: 1 });
  try {
    const [confirmed] = await chain.witnessAccounts([WALLET]);
    const [final] = (await chain.witnessFinalAccounts?.([WALLET])) ?? [];
    expect([confirmed?.slot, final?.slot]).toEqual([1_032n, 1_000n]);
  } finally {
    chain.close();
  }
});

const UNUSABLE: [string, readonly [Address, RawAccount | null]][] = [
  ["has no Rent sysvar", [RENT_SYSVAR, null]],
  ["has no Clock sysvar", [CLOCK_SYSVAR, null]],
  ["states a rent that no cluster has", [RENT_SYSVAR, rentSysvar(1_000_000n)]],
  ["states no rent", [RENT_SYSVAR, rentSysvar(0n)]],
];

describe.each(UNUSABLE)("an endpoint that %s", (_what, change) => {
  it.each([100, 2])("is replaced by the next one, with batches of %i", async (most) => {
    await using bad = await startFaultServer(nodeWith([change], most));
    await using second = await startFaultServer(nodeWith([], most));
    await using third = await startFaultServer(nodeWith([], most));
    const chain = createChain({ urls: [bad.url, second.url, third.url], retryBaseMs: 1 });
    const wanted = [WALLET, ...CLUSTER_ACCOUNTS];
    try {
      const views = await chain.witnessAccounts?.(wanted);
      expect(views?.map((view) => readClusterFacts(view).lamportsPerByte)).toEqual([5_080n, 5_080n]);
      const alone = await chain.fetchAccounts(wanted);
      expect(readClusterFacts(alone).lamportsPerByte).toBe(5_080n);
    } finally {
      chain.close();
    }
  });

  it("makes the read fail by its name where no other is left", async () => {
    await using bad = await startFaultServer(nodeWith([change]));
    const chain = createChain({ urls: [bad.url], retryBaseMs: 1 });
    await expect(chain.fetchAccounts(CLUSTER_ACCOUNTS)).rejects.toMatchObject({
      code: "CTO_E_RPC_INVALID_ANSWER",
      message: expect.stringContaining(new URL(bad.url).host),
    });
    // Who asks for other accounts is not concerned.
    expect((await chain.fetchAccounts([WALLET])).accounts.get(WALLET)).toBeNull();
    chain.close();
  });
});
