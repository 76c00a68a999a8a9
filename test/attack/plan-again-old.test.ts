/** A return that another operation made before this one's funding is no reason to plan again, which takes the chain's records. */
import { lamports, type Signature } from "@solana/kit";
import { expect, it } from "vitest";
import type { ChainTransaction, Evidence, Journal, Ports, Step, Wallet } from "../../src/engine/ports.ts";
import { recoverOperation } from "../../src/engine/recovery/recover.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import {
  acquire,
  addressOf,
  attemptOf,
  inserted,
  planned,
  USER,
} from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { openCluster } from "../engine/landing-cluster.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";

const [FUNDED, OWN] = [5_000_000n, 4_000_000n];
const FUND = attemptOf(1, "funding");
const FUNDING: Wallet = {
  id: "funding",
  userId: USER,
  role: "funding",
  address: addressOf("funding"),
  position: 0,
  createdAt: new Date(0),
};

/** Lets a step land with what it returned. */
async function land(
  journal: Journal,
  stepId: string,
  attempt = attemptOf(1, stepId),
  returned?: bigint,
  slot = 60n,
) {
  const lease = await acquire(journal);
  const step = await journal.readStep(stepId);
  if (step === null) throw new Error("no step");
  const given = returned === undefined ? attempt : { ...attempt, returned: lamports(returned) };
  const { version } = await inserted(journal, step, lease, given);
  const landed = { number: 1, status: "landed", slot } as const;
  await journal.changeStep(stepId, version, lease, { status: "finalized", attempt: landed });
  await journal.releaseLease(lease);
}

/**
 * Opens an operation whose legs were funded, bought nothing, and have unsigned returns that were planned then.
 * The last ones have no plan yet.
 */
async function openOperation(journal: Journal, count: number, planless = 0) {
  const { id, lease, steps } = await planned(journal, count, "op", { mode: "standard" });
  await journal.writeFunding(id, lease, 1);
  for (const step of steps) await journal.changeStep(step.id, step.version, lease, { status: "failed" });
  await journal.releaseLease(lease);
  await land(journal, `${id}.fund.1`, FUND);
  const again = await acquire(journal);
  await journal.changeOperation(id, again, { status: "failed", progress: 100 });
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const indexes = Array.from({ length: count - planless }, (_, at) => at + 1);
  const plan = { owed: lamports(FUNDED), before: lamports(OWN), accounts: [] };
  await journal.writeRecovery(
    id,
    again,
    indexes.map((leg) => ({ leg, ...plan })),
    indexes,
  );
  await journal.releaseLease(again);
  return id;
}

/** Another recovery had returned this much from the first leg's wallet before the funding. */
async function returnElsewhere(journal: Journal, returned: bigint) {
  const { id, lease, first } = await planned(journal, 1, "other");
  await journal.changeStep(first.id, first.version, lease, { status: "failed" });
  await journal.changeOperation(id, lease, { status: "failed", progress: 100 });
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const plan = { leg: 1, owed: lamports(returned), before: lamports(0n), accounts: [] };
  await journal.writeRecovery(id, lease, [plan], [1]);
  await journal.releaseLease(lease);
  await land(journal, `${id}.recover.1`, undefined, returned, 40n);
}

type World = {
  readonly journal: Journal;
  /** What each leg's wallet holds now. */
  readonly balances: readonly bigint[];
  /** How the endpoints answer about the funding. Default: it landed. */
  evidence?: () => Evidence[];
};

let signatures = 0;

async function recover({ journal, balances, evidence = funded }: World) {
  const { ports: cluster } = await openCluster();
  let asked = 0;
  const changes = balances.map((_balance, at) => ({
    address: addressOf(`wallet ${at + 1}`),
    before: lamports(OWN),
    after: lamports(OWN + FUNDED),
  }));
  const funding = { slot: 50n, failed: false, changes, tokens: [] } as ChainTransaction;
  const ports: Ports = {
    ...cluster,
    journal,
    keyring: {
      ...cluster.keyring,
      sign: async () => {
        signatures += 1;
        const { signature, wire } = attemptOf(1, `signed ${signatures}`);
        return { signature, wire, messageVersion: 1 };
      },
    },
    chain: {
      ...cluster.chain,
      readTokenAccounts: async () => new Map(),
      gatherEvidence: async () => {
        asked += 1;
        return evidence();
      },
      readTransaction: async () => funding,
      computeUnitPrice: async () => 0n,
      fetchAccounts: async () => {
        const accounts = clusterAccounts({ lamportsPerByte: 5_080n });
        const holder = { owner: addressOf("system"), data: new Uint8Array() };
        for (const [at, balance] of [...balances, 10n ** 9n].entries())
          accounts.set(changes[at]?.address ?? FUNDING.address, { ...holder, lamports: lamports(balance) });
        return { slot: 100n, accounts };
      },
    },
  };
  const lease = await acquire(journal);
  const { signal } = new AbortController();
  const error = await recoverOperation(ports, "op", {
    lease,
    wallets: [FUNDING],
    signal,
    settings: ENGINE_DEFAULTS,
  }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  await journal.releaseLease(lease);
  const steps = (await journal.readSteps("op")).filter(({ kind }) => kind === "recover");
  return { error, asked, steps, returned: steps.map(returnedBy) };
}

const returnedBy = ({ status, attempts, failure }: Step) =>
  failure?.code ?? attempts.at(-1)?.returned ?? status;

const status = { slot: 50n, finalized: true, failure: null };
const funded = (): Evidence[] => [
  {
    endpoint: "endpoint-1",
    finalizedBlockHeight: 400n,
    heightSlot: 1_000n,
    statusSlot: 1_000n,
    firstAvailableSlot: 0n,
    statuses: new Map<Signature, typeof status>([[FUND.signature, status]]),
  },
];

const opened = async (count = 1, planless = 0): Promise<Journal> => {
  const journal = createMemoryJournal({ now: () => new Date() });
  await openOperation(journal, count, planless);
  return journal;
};

it("a return from before the funding changes no plan, so pruned records do not stop the return", async () => {
  const journal = await opened();
  await returnElsewhere(journal, 3_000_000n);
  const pruned = (): Evidence[] =>
    funded().map((one) => ({
      ...one,
      firstAvailableSlot: 900n,
      statuses: new Map([[FUND.signature, null]]),
    }));
  const { returned, asked } = await recover({ journal, balances: [FUNDED + OWN], evidence: pruned });
  expect([returned, asked]).toEqual([[FUNDED], 0]);
});
