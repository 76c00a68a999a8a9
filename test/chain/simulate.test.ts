/**
 * Tests that a simulation older than the facts that it is compared with is not used: it is requested again, and after
 * that it counts as an outage.
 */

import { type Address, generateKeyPairSigner, getAddressEncoder, lamports } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import { describe, expect, it } from "vitest";
import { createChain, type SolanaChain } from "../../src/chain/index.ts";
import { SIMULATED_LIFETIME } from "../../src/engine/transaction/simulated.ts";
import { isOutage } from "../../src/errors/index.ts";
import { type Handler, startFaultServer } from "./fault-server.ts";

const SURVEYED = 1_000n;
const value = { err: null, logs: [], unitsConsumed: 450 };
const told = (slot: number, err: unknown = null) => ({
  result: { context: { slot }, value: { ...value, err } },
});

const transferOf = async (chain: SolanaChain) => {
  const [from, to] = await Promise.all([generateKeyPairSigner(), generateKeyPairSigner()]);
  return chain.compose({
    feePayer: from.address,
    transfers: [],
    setup: [getTransferSolInstruction({ source: from, destination: to.address, amount: lamports(5n) })],
    swap: [],
    memo: { text: "cto:1:op:buy:1/1", signer: from.address },
    cleanup: [],
    computeUnitLimit: 1_000,
    computeUnitPrice: 0n,
    lifetime: SIMULATED_LIFETIME,
    lookupTables: {},
  });
};

async function simulated(...handlers: readonly [Handler, ...Handler[]]) {
  const servers = await Promise.all(handlers.map((handler) => startFaultServer(handler)));
  const chain = createChain({ urls: servers.map(({ url }) => url), maxPriorityFeeLamports: 0n });
  const began = performance.now();
  const outcome: unknown = await chain
    .simulate(await transferOf(chain), { notBefore: SURVEYED })
    .catch((error: unknown) => error);
  const took = performance.now() - began;
  const asked = servers.flatMap(({ requests }) => requests);
  chain.close();
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  return { outcome, took, asked };
}

const BEHIND: [string, ReturnType<Handler>][] = [
  ["is of 50 slots ago", told(950, { InstructionError: [0, "InsufficientFunds"] })],
  [
    "is refused as too far ahead",
    { error: { code: -32016, message: "Minimum context slot has not been reached" } },
  ],
  ["does not know the blockhash", told(1_001, "BlockhashNotFound")],
];

it("is run at each of the endpoints that must agree, and there is no such run where only one is", async () => {
  await using refusing = await startFaultServer(() => told(1_001, { InstructionError: [0, "Custom"] }));
  await using passing = await startFaultServer(() => told(1_002));
  const chain = createChain({ urls: [refusing.url, passing.url], maxPriorityFeeLamports: 0n });
  const alone = createChain({ urls: [passing.url], maxPriorityFeeLamports: 0n });
  try {
    const all = await chain.witnessSimulations?.(await transferOf(chain), { notBefore: SURVEYED });
    expect(all?.map(({ failure }) => failure === null)).toEqual([false, true]);
    expect(alone.witnessSimulations).toBeUndefined();
  } finally {
    chain.close();
    alone.close();
  }
});

describe("a simulation", () => {
  it.each(BEHIND)("that %s is asked for again", async (_what, behind) => {
    const { outcome, asked } = await simulated((_, before) => (before < 2 ? behind : told(1_000)));
    expect(outcome).toMatchObject({ failure: null, unitsConsumed: 450 });
    expect(asked).toHaveLength(3);
    expect(asked[0]?.params[1]).toMatchObject({ minContextSlot: 1_000, replaceRecentBlockhash: true });
  });

  it.each(BEHIND)(
    "that %s everywhere is an outage after some seconds, and no verdict",
    async (_what, behind) => {
      const { outcome, took } = await simulated(() => behind);
      expect(isOutage(outcome)).toBe(true);
      expect(outcome).toMatchObject({ code: expect.stringMatching(/^CTO_E_RPC_/) });
      expect(took).toBeGreaterThan(2_500);
    },
  );

  it("of another endpoint serves where the first is behind", async () => {
    const { outcome, took } = await simulated(
      () => told(950, "AccountNotFound"),
      () => told(1_000),
    );
    expect(outcome).toMatchObject({ failure: null });
    expect(took).toBeLessThan(2_000);
  });

  it("says of each account whether it has data, and which signers these name", async () => {
    const SYSTEM = "11111111111111111111111111111111";
    let named: Uint8Array = new Uint8Array();
    const account = (data: Uint8Array) => ({
      lamports: 5,
      owner: SYSTEM,
      data: [Buffer.from(data).toString("base64"), "base64"],
    });
    const server = await startFaultServer(({ method, params }) => {
      if (method === "getMultipleAccounts")
        return { result: { context: { slot: 1_000 }, value: (params[0] as string[]).map(() => null) } };
      if (method !== "simulateTransaction") return told(1_000);
      const { accounts } = params[1] as { accounts: { addresses: string[] } };
      const after = accounts.addresses.map((_, at) => account(at === 0 ? new Uint8Array() : named));
      return { result: { context: { slot: 1_000 }, value: { ...value, accounts: after } } };
    });
    const chain = createChain({ urls: [server.url], maxPriorityFeeLamports: 0n });
    const transfer = await transferOf(chain);
    const [payer] = transfer.signers as [Address];
    named = Uint8Array.from([7, 7, 7, ...getAddressEncoder().encode(payer), 9]);
    const { effects } = await chain.simulate(transfer, { lookupTables: {} });
    const [wallet, other] = effects.map(({ after }) => after);
    expect(effects[0]?.address).toBe(payer);
    expect(wallet).not.toHaveProperty("hasData");
    expect(wallet).not.toHaveProperty("names");
    expect(other).toMatchObject({ hasData: true, names: [payer] });
    chain.close();
    await server[Symbol.asyncDispose]();
  });

  it("that is as recent as the facts is a verdict", async () => {
    const { outcome, asked } = await simulated(() => told(1_000, "AccountNotFound"));
    expect(outcome).toMatchObject({ failure: { error: "AccountNotFound" }, effects: [] });
    expect(asked).toHaveLength(1);
  });
});
