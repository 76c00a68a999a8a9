/** Tests that a return of which nothing can land, and whose wallet has paid another return or a sweep since, is planned again, and no other. */
import { lamports, type Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { ChainTransaction, Evidence, Journal, Ports, Step, Wallet } from "../../src/engine/ports.ts";
import { recoverOperation } from "../../src/engine/recovery/recover.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import {
  acquire,
  addressOf,
  attemptOf,
  inserted,
  legsOf,
  planned,
  requestOf,
  USER,
} from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { clusterAccounts } from "../support/cluster-accounts.ts";
import { openCluster } from "./landing-cluster.ts";
import { unavailable } from "./parts.ts";

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
  { returned, slot = 60n }: { returned?: bigint; slot?: bigint } = {},
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
  const { id, lease, steps } = await planned(journal, count, "op", { mode: "standard", parallelism: 1 });
  await journal.writeFunding(id, lease, 1);
  for (const step of steps) await journal.changeStep(step.id, step.version, lease, { status: "failed" });
  await journal.releaseLease(lease);
  await land(journal, `${id}.fund.1`, FUND, { slot: 50n });
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

/** Another recovery has returned this much of an earlier funding from the first leg's wallet. Default: since the funding. */
async function returnElsewhere(journal: Journal, returned: bigint, slot = 60n) {
  const { id, lease: planning, first } = await planned(journal, 1, "other", { mode: "standard" });
  await journal.writeFunding(id, planning, 1);
  await journal.changeStep(first.id, first.version, planning, { status: "failed" });
  await journal.releaseLease(planning);
  await land(journal, `${id}.fund.1`, undefined, { slot: 30n });
  const lease = await acquire(journal);
  await journal.changeOperation(id, lease, { status: "failed", progress: 100 });
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const plan = { leg: 1, owed: lamports(returned), before: lamports(0n), accounts: [] };
  await journal.writeRecovery(id, lease, [plan], [1]);
  await journal.releaseLease(lease);
  await land(journal, `${id}.recover.1`, undefined, { returned, slot });
}

/** A sweep has taken everything from the first leg's wallet, in this slot. Default: since the funding. */
async function sweepElsewhere(journal: Journal, slot = 60n) {
  const request = requestOf({ mode: "standard", purpose: "sweep" });
  await journal.createOperation({ id: "sweep", request });
  const lease = await acquire(journal);
  await journal.beginOperation("sweep", lease);
  await journal.writePlan("sweep", lease, legsOf(1), "recover");
  await journal.releaseLease(lease);
  await land(journal, "sweep.recover.1", undefined, { returned: FUNDED + OWN, slot });
}

type World = {
  readonly journal: Journal;
  /** What each leg's wallet holds now. */
  readonly balances: readonly bigint[];
  /** How the endpoints answer about the funding. Default: it landed. */
  evidence?: () => Evidence[] | Promise<never>;
  /** What an endpoint says of the funding that is not so. */
  lie?: Partial<ChainTransaction>;
  /** The price of compute units. Default: zero. */
  price?: () => Promise<bigint>;
};

let signatures = 0;

async function recover({ journal, balances, evidence = funded, lie, price = async () => 0n }: World) {
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
      readTransaction: async () => ({ ...funding, ...lie }),
      computeUnitPrice: price,
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

describe("an unsigned return that was planned earlier", () => {
  it("keeps its plan, and reads nothing for it, where nothing else was returned from its wallet", async () => {
    const { returned, asked } = await recover({ journal: await opened(), balances: [FUNDED + OWN] });
    expect([returned, asked]).toEqual([[FUNDED], 0]);
  });

  it("returns all that is owed after another return has taken a part of what the wallet had before", async () => {
    const journal = await opened();
    await returnElsewhere(journal, 3_000_000n);
    const { returned } = await recover({ journal, balances: [FUNDED + OWN - 3_000_000n] });
    expect(returned).toEqual([FUNDED]);
    const legs = (await journal.readOperation("op"))?.recovery?.legs;
    expect(legs).toEqual([{ leg: 1, owed: FUNDED, before: OWN - 3_000_000n, accounts: [] }]);
  });

  it("keeps its plan, and reads nothing for it, where the return was before its funding: records may be pruned", async () => {
    const journal = await opened();
    await returnElsewhere(journal, 3_000_000n, 40n);
    const pruned = (): Evidence[] =>
      funded().map((one) => ({
        ...one,
        firstAvailableSlot: 900n,
        statuses: new Map([[FUND.signature, null]]),
      }));
    const { returned, asked } = await recover({ journal, balances: [FUNDED + OWN], evidence: pruned });
    expect([returned, asked]).toEqual([[FUNDED], 0]);
  });

  it("returns nothing of what came after a sweep, for which it reads nothing", async () => {
    const journal = await opened();
    await sweepElsewhere(journal);
    const { returned, error, asked } = await recover({ journal, balances: [FUNDED + OWN] });
    expect([returned, error, asked]).toEqual([["CTO_E_RECOVERY_NOTHING_LEFT"], null, 0]);
    expect((await journal.readOperation("op"))?.recovery?.legs).toMatchObject([
      { owed: 0n, why: "all of the wallet's SOL has been returned since" },
    ]);
  });

  it.each([
    ["more than it had", 10n ** 12n, OWN],
    ["less than it had", 0n, OWN - 3_000_000n],
  ])(
    "keeps what the first plan leaves the wallet, and what was taken, where an endpoint says that it had %s",
    async (_what, said, before) => {
      const journal = await opened();
      await returnElsewhere(journal, 3_000_000n);
      const change = { address: addressOf("wallet 1"), before: lamports(said), after: lamports(0n) };
      const lie = { failed: false, changes: [change] };
      await recover({ journal, balances: [FUNDED + OWN - 3_000_000n], lie });
      const legs = (await journal.readOperation("op"))?.recovery?.legs;
      expect(legs).toMatchObject([{ owed: FUNDED, before }]);
    },
  );

  it("waits where an endpoint does not show that its wallet was ever funded", async () => {
    const journal = await opened();
    await returnElsewhere(journal, 3_000_000n);
    const lie = { failed: true, changes: [] };
    const balances = [FUNDED + OWN - 3_000_000n];
    expect(await recover({ journal, balances, lie })).toMatchObject({ error: null, returned: ["ready"] });
    expect((await journal.readOperation("op"))?.recovery).toMatchObject({
      state: "needs_review",
      failure: { code: "CTO_E_RECOVERY_UNPROVED" },
    });
    await journal.requestRecovery("op");
    expect((await recover({ journal, balances })).returned).toEqual([FUNDED]);
  });

  it("is not ended by an endpoint that says that it was funded before an earlier sweep", async () => {
    const journal = await opened();
    await sweepElsewhere(journal, 40n);
    const { returned } = await recover({ journal, balances: [FUNDED + OWN], lie: { slot: 30n } });
    expect(returned).toEqual([FUNDED]);
  });

  /** The first return was signed. @param isDead whether nothing of it can land any more */
  async function sign(journal: Journal, isDead: boolean) {
    const lease = await acquire(journal);
    const step = await journal.readStep("op.recover.1");
    if (step === null) throw new Error("no step");
    const signed = await inserted(journal, step, lease, { ...attemptOf(1, "r"), returned: lamports(7n) });
    const dead = { number: 1, status: "dead" } as const;
    if (isDead) await journal.changeStep(step.id, signed.version, lease, { status: "ready", attempt: dead });
    await journal.releaseLease(lease);
  }

  it("is not planned again while what was signed may land", async () => {
    const journal = await opened();
    await returnElsewhere(journal, 3_000_000n);
    await sign(journal, false);
    const { asked, returned } = await recover({ journal, balances: [FUNDED + OWN] });
    expect([asked, returned]).toEqual([0, [7n]]);
    const legs = (await journal.readOperation("op"))?.recovery?.legs;
    expect(legs).toMatchObject([{ owed: FUNDED, before: OWN }]);
  });

  it("is planned again once what was signed is dead: it returned what came after a sweep", async () => {
    const journal = await opened();
    await sign(journal, true);
    await sweepElsewhere(journal);
    const { returned, error, asked } = await recover({ journal, balances: [FUNDED + OWN] });
    expect([returned, error, asked]).toEqual([["CTO_E_RECOVERY_NOTHING_LEFT"], null, 0]);
  });

  it("waits alone where the endpoints are away: what was signed is followed before, and others are signed", async () => {
    const journal = await opened(3);
    await returnElsewhere(journal, 3_000_000n);
    const lease = await acquire(journal);
    const step = await journal.readStep("op.recover.3");
    if (step === null) throw new Error("no step");
    await inserted(journal, step, lease, { ...attemptOf(1, "r"), returned: lamports(7n) });
    await journal.releaseLease(lease);
    const balances = [FUNDED + OWN - 3_000_000n, FUNDED + OWN, FUNDED + OWN];
    let followed: string | undefined;
    const away = async (): Promise<never> => {
      followed ??= (await journal.readStep("op.recover.3"))?.status;
      throw unavailable();
    };
    const first = await recover({ journal, balances, evidence: away });
    expect(first.error).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect(followed).toBe("confirmed");
    expect(first.returned).toEqual(["ready", FUNDED, 7n]);
    expect(first.steps.map((one) => one.status)).toEqual(["ready", "confirmed", "confirmed"]);
    expect((await journal.readOperation("op"))?.recovery?.state).toBe("requested");
    const second = await recover({ journal, balances });
    expect([second.error, second.returned]).toEqual([null, [FUNDED, FUNDED, 7n]]);
  });
});

it("follows what was signed while an endpoint does not say what a fee is, which only the unsigned need", async () => {
  const journal = await opened(2);
  const lease = await acquire(journal);
  const step = await journal.readStep("op.recover.2");
  if (step === null) throw new Error("no step");
  await inserted(journal, step, lease, { ...attemptOf(1, "r"), returned: lamports(7n) });
  await journal.releaseLease(lease);
  const balances = [FUNDED + OWN, FUNDED + OWN];
  const price = async (): Promise<never> => {
    throw unavailable();
  };
  const { error, steps } = await recover({ journal, balances, price });
  expect(error).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  expect(steps.map(({ status }) => status)).toEqual(["ready", "confirmed"]);
});

describe("a leg that has no plan yet", () => {
  it("holds back no return that has one, where the endpoints are away", async () => {
    const journal = await opened(3, 1);
    const lease = await acquire(journal);
    const step = await journal.readStep("op.recover.1");
    if (step === null) throw new Error("no step");
    await inserted(journal, step, lease, { ...attemptOf(1, "r"), returned: lamports(7n) });
    await journal.releaseLease(lease);
    const balances = [FUNDED + OWN, FUNDED + OWN, FUNDED + OWN];
    const away = (): Evidence[] => {
      throw unavailable();
    };
    const first = await recover({ journal, balances, evidence: away });
    expect(first.error).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect(first.returned).toEqual([7n, FUNDED]);
    expect(first.steps.map(({ status }) => status)).toEqual(["confirmed", "confirmed"]);
    expect((await journal.readOperation("op"))?.recovery?.state).toBe("requested");
    const second = await recover({ journal, balances });
    expect([second.error, second.returned]).toEqual([null, [7n, FUNDED, FUNDED]]);
  });
});
