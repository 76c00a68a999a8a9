/** Tests what a wallet holds when its return is drafted: one endpoint that shows more, or stale accounts, decides nothing. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Address, Chain, Fetched, Simulation, TokenAccount, Witness } from "../../src/engine/ports.ts";
import { signRecovery } from "../../src/engine/recovery/sign-recovery.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { openScene } from "./parts.ts";

const ACCOUNT = addressOf("account");
const RENT = 2_039_280n;

type View = { readonly balance: bigint; readonly account?: bigint; readonly closable?: boolean };

/** @param firstSims the answers to the simulations one after the other; then they pass. All endpoints answer the same */
async function sign(
  views: (read: number) => readonly View[],
  { owed, before = 0n }: { owed: bigint; before?: bigint },
  firstSims: readonly Simulation["failure"][] = [],
) {
  const { ports, journal, id } = await openScene(["failed"], "completed");
  const operation = await journal.readOperation(id);
  const [leg] = await journal.readLegs(id);
  const step = await journal.readStep(`${id}.buy.1`);
  if (operation === null || leg === undefined || step === null) throw new Error("no operation");
  const drafts: bigint[] = [];
  const closed: number[] = [];
  let reads = 0;
  const data = new Uint8Array();
  const shown = ({ balance, account = 0n, closable = true }: View): Fetched["accounts"] =>
    new Map([
      ...clusterAccounts({ lamportsPerByte: 5_080n }),
      [leg.address, { owner: addressOf("system"), lamports: lamports(balance), data }],
      [
        ACCOUNT,
        account > 0n
          ? {
              owner: addressOf("token program"),
              lamports: lamports(account),
              data: Uint8Array.of(closable ? 1 : 0),
            }
          : null,
      ],
    ]);
  const tokenAccountsIn = (accounts: Fetched["accounts"]): ReadonlyMap<Address, TokenAccount> => {
    const held = accounts.get(ACCOUNT);
    if (!held) return new Map();
    const token = { address: ACCOUNT, program: held.owner, owner: leg.address, lamports: held.lamports };
    return new Map([[ACCOUNT, { ...token, closable: held.data[0] === 1, wrapsSol: false }]]);
  };
  const passed: Simulation = {
    unitsConsumed: 1_000,
    loadedAccountsDataSize: 1_000,
    instructions: 2,
    failure: null,
    tokensAfter: new Map(),
    effects: [],
  };
  let sims = 0;
  let last: Simulation = passed;
  const witness = (): Witness[] => {
    reads += 1;
    return views(reads).map((view, at) => ({
      endpoint: `endpoint-${at + 1}`,
      slot: 1n,
      accounts: shown(view),
    }));
  };
  const chain: Chain = {
    ...ports.chain,
    tokenAccountsIn,
    readTokenAccounts: async () => tokenAccountsIn(shown(views(reads + 1)[0] as View)),
    witnessAccounts: async () => witness(),
    witnessFinalAccounts: async () => witness(),
    compose: ({ feePayer, transfers, closes }) => {
      drafts.push(transfers[0]?.lamports ?? 0n);
      closed.push(closes?.length ?? 0);
      return { messageBytes: new Uint8Array(), signers: [feePayer], size: 1 };
    },
    simulate: async () => {
      const failure = firstSims[sims] ?? null;
      sims += 1;
      last = { ...passed, failure };
      return last;
    },
    witnessSimulations: async () => [last, last],
    latestBlockhash: async () => Promise.reject(new Error("it is signed now")),
  };
  const run = {
    ports: { ...ports, chain, keyring: { ...ports.keyring, newestVersion: async () => 0 as const } },
    operation,
    lease: { userId: "alice", owner: "worker", token: 1n },
    signal: new AbortController().signal,
  };
  const accounts = [{ address: ACCOUNT, lamports: lamports(RENT) }];
  const plan = { leg: 1, owed: lamports(owed), before: lamports(before), accounts };
  const scene = { payer: { walletId: "funding", address: addressOf("funding") }, computeUnitPrice: 0n };
  const returning = { run, settings: ENGINE_DEFAULTS, scene, leg, legCount: 1, plan };
  const error = await signRecovery(returning, step).catch((thrown: unknown) => thrown);
  return { error, back: drafts.at(-1), closes: closed.at(-1) };
}

const SOL = 1_000_000_000n;

it("returns no money of the wallet's own because one endpoint shows more than it holds", async () => {
  // It had 5 SOL, got 1, and spent 4: 2 SOL are left, all of them its own.
  const { error } = await sign(
    () => [
      { balance: 6n * SOL, account: RENT },
      { balance: 2n * SOL, account: RENT },
    ],
    {
      owed: SOL + RENT,
      before: 5n * SOL,
    },
  );
  expect(error).toMatchObject({ code: "CTO_E_ENDPOINTS_DISAGREE" });
});

it("signs no closing that fails on chain, which ends the return, because one endpoint hides the tokens", async () => {
  const { error } = await sign(
    () => [
      { balance: SOL, account: RENT },
      { balance: SOL, account: RENT, closable: false },
    ],
    { owed: SOL + RENT },
  );
  expect(error).toMatchObject({ code: "CTO_E_ENDPOINTS_DISAGREE" });
});

it("counts no lamports in an account that only one endpoint shows", async () => {
  const { error } = await sign(
    () => [
      { balance: SOL, account: 2n * RENT },
      { balance: SOL, account: RENT },
    ],
    { owed: SOL + 2n * RENT },
  );
  expect(error).toMatchObject({ code: "CTO_E_ENDPOINTS_DISAGREE" });
});

it("leaves no rent behind because somebody sent a lamport to the account since it was read", async () => {
  const dust = {
    error: { InsufficientFundsForRent: { account_index: 1 } },
    message: "too little for its rent",
  };
  const views = (read: number): View[] => {
    const view = { balance: SOL, account: read === 1 ? RENT : RENT + 1n };
    return [view, view];
  };
  const { error, closes } = await sign(views, { owed: SOL + RENT }, [dust]);
  expect(error).toEqual(new Error("it is signed now"));
  expect(closes).toBe(1);
});

it("signs what all of them show", async () => {
  const view = { balance: SOL, account: RENT };
  const { error, back, closes } = await sign(() => [view, view], { owed: SOL + RENT });
  expect(error).toEqual(new Error("it is signed now"));
  expect([back, closes]).toEqual([SOL + RENT, 1]);
});
