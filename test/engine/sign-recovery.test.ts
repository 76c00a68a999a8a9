/** Tests the signing of a return against rent rates that never come to rest, and against fees that exceed it. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Chain, Simulation } from "../../src/engine/ports.ts";
import { signRecovery } from "../../src/engine/recovery/sign-recovery.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { isOutage } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { openScene } from "./parts.ts";

const ACCOUNT = addressOf("account");

type Case = {
  readonly owed?: bigint;
  /** The price of compute units. */
  readonly price?: bigint;
  /** Whether every simulation is refused. */
  readonly refuses?: boolean;
  /** The rent of an account that is to be closed, and is owed too; 0: there is none. */
  readonly rent?: bigint;
  /** What the simulation is refused with at the endpoints that must agree; null: it passes. Default: there is one endpoint. */
  readonly others?: readonly (Partial<Simulation> | null)[];
};

/** Signs the return of one leg. `rates` answers the rent rate of each read, from 1. Two wallets would sign it. */
async function sign(
  rates: (read: number) => bigint,
  { owed = 1_000_000n, price = 0n, refuses = true, rent = 0n, others }: Case = {},
) {
  const { ports, journal, id } = await openScene(["failed"], "completed");
  const operation = await journal.readOperation(id);
  const [leg] = await journal.readLegs(id);
  const step = await journal.readStep(`${id}.buy.1`);
  if (operation === null || leg === undefined || step === null) throw new Error("no operation");
  let reads = 0;
  let simulations = 0;
  const refused: Simulation = {
    unitsConsumed: 1_000,
    loadedAccountsDataSize: 1_000,
    instructions: 2,
    failure: {
      error: { InsufficientFundsForRent: { account_index: 1 } },
      message: "too little for its rent",
    },
    tokensAfter: new Map(),
    effects: [],
  };
  const account = { address: ACCOUNT, program: leg.address, owner: leg.address };
  const accounts =
    rent > 0n ? [{ ...account, lamports: lamports(rent), closable: true, wrapsSol: false }] : [];
  const chain: Chain = {
    ...ports.chain,
    readTokenAccounts: async () => new Map(accounts.map((account) => [account.address, account])),
    fetchAccounts: async () => {
      reads += 1;
      if (reads > 100) throw new Error("it never ends");
      const accounts = new Map(clusterAccounts({ lamportsPerByte: rates(reads) }));
      accounts.set(leg.address, {
        owner: leg.address,
        lamports: lamports(9_000_000n),
        data: new Uint8Array(),
      });
      return { slot: 1n, accounts };
    },
    compose: ({ feePayer }) => ({ messageBytes: new Uint8Array(), signers: [feePayer], size: 1 }),
    simulate: async () => {
      simulations += 1;
      return refuses ? refused : { ...refused, failure: null };
    },
    ...(others === undefined
      ? {}
      : {
          witnessSimulations: async () =>
            others.map((other) =>
              other === null ? { ...refused, failure: null } : { ...refused, ...other },
            ),
        }),
    latestBlockhash: async () => Promise.reject(new Error("it is signed now")),
  };
  const keyring = { ...ports.keyring, newestVersion: async () => 0 as const };
  const run = {
    ports: { ...ports, chain, keyring },
    operation,
    lease: { userId: "alice", owner: "worker", token: 1n },
    signal: new AbortController().signal,
  };
  const payer = { walletId: "funding", address: leg.address } as const;
  const plan = { leg: 1, owed: lamports(owed + rent), before: lamports(0n), accounts };
  const scene = { payer, computeUnitPrice: price };
  const returning = { run, settings: ENGINE_DEFAULTS, scene, leg, legCount: 1, plan };
  const failure = await signRecovery(returning, step).catch((error: unknown) => error);
  return { failure, reads, simulations };
}

it("begins again a few times while the rents rise, and then waits as for any endpoint that gives no usable answer", async () => {
  for (const rates of [
    (read: number) => (read % 2 === 1 ? 5_080n : 6_960n),
    (read: number) => 5_080n + BigInt(read),
  ]) {
    const { failure, reads, simulations } = await sign(rates);
    expect(failure).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect(isOutage(failure)).toBe(true);
    expect([reads, simulations]).toEqual([6, 3]);
  }
});

it("says what was refused where the rents stay", async () => {
  const { failure, simulations } = await sign(() => 5_080n);
  expect(failure).toMatchObject({
    code: "CTO_E_TRANSACTION_REFUSED",
    context: { reason: "too little for its rent" },
  });
  expect(simulations).toBe(1);
});

it("begins again where they have risen once", async () => {
  const { failure, simulations } = await sign((read) => (read === 1 ? 5_080n : 6_960n));
  expect(failure).toMatchObject({ code: "CTO_E_TRANSACTION_REFUSED" });
  expect(simulations).toBe(2);
});

/** Two signatures cost 10,000 lamports, and at this price the priority fee is more than 1,000. */
const DEAR = { price: 1_000_000n, refuses: false };

it.each([
  [
    "costs as much as its signatures, at any price",
    { ...DEAR, owed: 10_000n },
    "CTO_E_RECOVERY_NOTHING_LEFT",
  ],
  ["would cost more than it is while fees are high", { ...DEAR, owed: 11_000n }, "CTO_E_RECOVERY_BELOW_FEE"],
])("is never signed where it %s", async (_what, given, code) => {
  const { failure } = await sign(() => 5_080n, given);
  expect(failure).toMatchObject({ code });
  expect(isOutage(failure)).toBe(false);
});

it("is signed where it brings back a lamport more than its fee", async () => {
  const { failure } = await sign(() => 5_080n, { owed: 10_001n, refuses: false });
  expect(failure).toEqual(new Error("it is signed now"));
});

it("does not end because one simulation refuses to close an account, and the rest is less than its signatures", async () => {
  const { failure, simulations } = await sign(() => 5_080n, { owed: 5_000n, rent: 2_039_280n });
  expect(failure).toMatchObject({ code: "CTO_E_TRANSACTION_REFUSED" });
  expect(simulations).toBe(3);
});

it.each<[string, Case["others"], string, number]>([
  ["another would close it", [{}, null], "CTO_E_ENDPOINTS_DISAGREE", 3],
  ["another refuses to close another one", [{}, { failedOn: [ACCOUNT] }], "CTO_E_ENDPOINTS_DISAGREE", 3],
  ["all refuse the same", [{}, {}], "CTO_E_TRANSACTION_REFUSED", 4],
])("leaves no account behind on one endpoint's word: %s", async (_what, others, code, count) => {
  const { failure, simulations } = await sign(() => 5_080n, {
    rent: 2_039_280n,
    ...(others ? { others } : {}),
  });
  expect(failure).toMatchObject({ code });
  expect(simulations).toBe(count);
});
