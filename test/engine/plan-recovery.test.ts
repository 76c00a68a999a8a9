/** Tests that one endpoint alone cannot take out of a return's first plan what its wallet has of the operation. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Address, Chain, Fetched, Simulation, TokenAccount, Witness } from "../../src/engine/ports.ts";
import { planRecovery } from "../../src/engine/recovery/plan-recovery.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { openScene, says } from "./parts.ts";

const ACCOUNT = addressOf("account");
const RENT = 2_039_280n;

/** What one endpoint shows. Default: the account that the buy opened, empty, at the same rent as elsewhere. */
type View = { readonly gone?: boolean; readonly rent?: bigint; readonly balance?: bigint };
type World = {
  readonly views?: readonly View[];
  /** What the simulation at each endpoint says. The first one is asked first. Default: the account can be closed. */
  readonly closes?: readonly boolean[];
};

const simulation = (closes: boolean): Simulation => ({
  unitsConsumed: 1_000,
  loadedAccountsDataSize: 1_000,
  instructions: 2,
  failure: closes ? null : { error: { InstructionError: [0, "InvalidAccountData"] }, message: "refused" },
  failedOn: closes ? [] : [ACCOUNT],
  tokensAfter: new Map(),
  effects: [],
});

/** Plans the return of a leg whose buy opened an account in the transaction that funded it. */
async function plan({ views = [{}, {}], closes = [true, true] }: World) {
  const { ports, journal, id, script } = await openScene(["finalized"], "completed", { mode: "standard" });
  const operation = await journal.readOperation(id);
  const [legs, steps] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
  const [leg] = legs;
  if (operation === null || leg === undefined) throw new Error("no operation");
  script.evidence = says({ slot: 900n, finalized: true, failure: null });
  const change = { address: ACCOUNT, before: lamports(0n), after: lamports(RENT), tokenOwner: leg.address };
  script.transaction = () => ({ slot: 900n, failed: false, changes: [change], tokens: [] });
  const data = new Uint8Array();
  const shown = ({ gone = false, rent = 5_080n, balance = 9_000_000n }: View): Fetched["accounts"] =>
    new Map([
      ...clusterAccounts({ lamportsPerByte: rent }),
      [leg.address, { owner: addressOf("system"), lamports: lamports(balance), data }],
      [ACCOUNT, gone ? null : { owner: addressOf("token program"), lamports: lamports(RENT), data }],
    ]);
  const asked: string[] = [];
  const chain: Chain = {
    ...ports.chain,
    tokenAccountsIn: (accounts): ReadonlyMap<Address, TokenAccount> => {
      const held = accounts.get(ACCOUNT);
      if (!held) return new Map();
      const token = { address: ACCOUNT, program: held.owner, owner: leg.address, lamports: held.lamports };
      return new Map([[ACCOUNT, { ...token, closable: true, wrapsSol: false }]]);
    },
    // The endpoint that is asked first is the first of those that must agree.
    readTokenAccounts: async () => {
      asked.push("tokens");
      return chain.tokenAccountsIn?.(shown(views[0] ?? {})) ?? new Map();
    },
    witnessAccounts: async (): Promise<Witness[]> => {
      asked.push("accounts");
      return views.map((view, at) => ({ endpoint: `endpoint-${at + 1}`, slot: 1n, accounts: shown(view) }));
    },
    compose: ({ feePayer }) => ({ messageBytes: new Uint8Array(), signers: [feePayer], size: 1 }),
    simulate: async () => {
      asked.push("simulation");
      return simulation(closes[0] ?? true);
    },
    witnessSimulations: async () => {
      asked.push("simulations");
      return closes.map(simulation);
    },
  };
  const scene = { payer: { walletId: "funding", address: addressOf("funding") }, computeUnitPrice: 0n };
  const looking = { ports: { journal, chain }, operation };
  const { returns } = await planRecovery(looking, scene, { legs, missing: legs, steps });
  return { returns, asked };
}

const WHOLE = [{ leg: 1, owed: RENT, back: RENT, accounts: [{ address: ACCOUNT, lamports: RENT }] }];

describe("the first plan of a return", () => {
  it("reads all accounts of all legs at once, and simulates each leg once", async () => {
    const { returns, asked } = await plan({});
    expect(returns).toMatchObject(WHOLE);
    expect(asked).toEqual(["accounts", "simulation"]);
  });

  it.each<[string, World]>([
    ["hides an account, and is asked first", { views: [{ gone: true }, {}] }],
    ["hides an account, and is asked later", { views: [{}, { gone: true }] }],
    ["says that an account cannot be closed", { closes: [false, true] }],
  ])("keeps what is owed where one endpoint %s", async (_what, world) => {
    expect((await plan(world)).returns).toMatchObject(WHOLE);
  });

  it.each<[string, World]>([
    ["show that the account is gone", { views: [{ gone: true }, { gone: true }] }],
    ["refuse to close the account", { closes: [false, false] }],
  ])("leaves out an account where all endpoints %s", async (_what, world) => {
    expect((await plan(world)).returns).toMatchObject([{ owed: 0n, back: 0n, accounts: [] }]);
  });
});
