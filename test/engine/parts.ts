/** A journal in memory, and a chain that says what a test wants: for faults that no real cluster shows on demand. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type {
  Chain,
  ChainTransaction,
  Directory,
  Evidence,
  FinalTransaction,
  Journal,
  Lease,
  Ports,
  SharedCache,
  Signature,
  SignatureView,
  Step,
  StepStatus,
  StoredEvent,
  Wallet,
  WalletHistory,
} from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import {
  acquire,
  addressOf,
  attemptOf,
  inserted,
  planned,
  requestOf,
  USER,
} from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

export const unavailable = (): CTOError =>
  new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "test", reason: "down" });

export type Status = {
  slot: bigint;
  finalized: boolean;
  failure: { error: unknown; message: string } | null;
} | null;

/** What the chain says now; a test changes it as it goes. */
export type Script = {
  view: SignatureView;
  evidence: "unavailable" | { height: bigint; status: (signature: Signature) => Status }[];
  /** What a final transaction did; "unavailable": nobody answers. */
  transaction: "unavailable" | ((signature: Signature) => ChainTransaction | null);
  readonly sent: string[];
  /** What endpoints say of the wallets' histories, and the transactions that they have. */
  histories: readonly WalletHistory[];
  readonly finals: Map<Signature, FinalTransaction>;
};

/** Signs nothing and trades nothing: whoever tries fails the test. */
export type Scene = {
  readonly journal: Journal & Directory & SharedCache;
  readonly ports: Ports;
  readonly script: Script;
  readonly wallets: readonly Wallet[];
  readonly told: StoredEvent[];
  readonly id: string;
  step(leg: number): Promise<Step>;
  /** A lease of a new owner. */
  lease(): Promise<Lease>;
};

const never = (what: string) => () => {
  throw new Error(`nothing was to be ${what}`);
};

function scriptedChain(script: Script): Chain {
  return {
    consensus: async () => "tower",
    blockhashLifeMs: () => 60_000,
    fetchAccounts: never("fetched"),
    findAccounts: never("searched"),
    readTokenAccounts: never("read"),
    findTokenAccounts: never("searched"),
    readTransaction: async (signature) => {
      if (script.transaction === "unavailable") throw unavailable();
      return script.transaction(signature);
    },
    latestBlockhash: async () => Promise.reject(unavailable()),
    computeUnitPrice: never("priced"),
    maxComputeUnitPrice: 1_000_000n,
    compose: never("composed"),
    simulate: never("simulated"),
    broadcast: async (wire) => {
      script.sent.push(wire);
      return "sent";
    },
    watch: async () => script.view,
    readHistory: async () => script.histories,
    readFinal: async (signature) => script.finals.get(signature) ?? null,
    gatherEvidence: async (signatures): Promise<Evidence[]> => {
      if (script.evidence === "unavailable") throw unavailable();
      return script.evidence.map(({ height, status }, at) => ({
        endpoint: `endpoint-${at + 1}`,
        finalizedBlockHeight: height,
        heightSlot: 1_000n,
        statusSlot: 1_000n,
        firstAvailableSlot: 0n,
        statuses: new Map(signatures.map((signature) => [signature, status(signature)])),
      }));
    },
  };
}

/** An operation of two legs, each signed once (L is 250), with the steps as given; finished where `ended` says so. */
export async function openScene(
  statuses: readonly StepStatus[],
  ended: "completed" | "needs_review" | "cancelled" | null,
): Promise<Scene> {
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id, lease, steps } = await planned(journal, statuses.length);
  for (const [at, step] of steps.entries()) {
    const flying = await inserted(journal, step, lease, attemptOf(1, step.id));
    const status = statuses[at] ?? "in_flight";
    if (status === "in_flight") continue;
    const attempt = { number: 1, status: "landed", slot: 900n } as const;
    const landed = status === "confirmed" || status === "finalized" ? { attempt } : {};
    // Ready again: what was signed is dead.
    if (status === "ready") {
      const buried = { number: 1, status: "dead" } as const;
      await journal.changeStep(step.id, flying.version, lease, { status, attempt: buried });
      continue;
    }
    await journal.changeStep(step.id, flying.version, lease, { status, ...landed });
  }
  if (ended === "cancelled") await journal.requestCancel(id);
  if (ended !== null) await journal.changeOperation(id, lease, { status: ended, progress: 100 });
  await journal.releaseLease(lease);
  const transaction = () => delivers(statuses.length, 13n);
  const script: Script = {
    view: { state: "unseen" },
    evidence: "unavailable",
    transaction,
    sent: [],
    histories: [],
    finals: new Map(),
  };
  const told: StoredEvent[] = [];
  const clock = { now: () => new Date(), sleep: async () => undefined };
  return {
    journal,
    script,
    told,
    id,
    wallets: statuses.map((_status, at) => ({
      id: `w${at + 1}`,
      userId: USER,
      role: "buyer",
      address: addressOf(`wallet ${at + 1}`),
      position: at + 1,
      createdAt: new Date(0),
    })),
    ports: {
      journal,
      chain: scriptedChain(script),
      policy: { approve: never("approved") },
      keyring: { newestVersion: never("asked"), sign: never("signed") },
      venues: {
        survey: async () => Promise.reject(unavailable()),
        detect: never("detected"),
        route: never("routed"),
        open: never("opened"),
        reference: never("compared"),
        explain: () => null,
        hasEnded: () => false,
      },
      clock,
      events: { notify: (_id, event) => told.push(event) },
    },
    async step(leg) {
      const step = await journal.readStep(`${id}.buy.${leg}`);
      expect(step).not.toBeNull();
      return step as Step;
    },
    lease: () => acquire(journal, randomUUID()),
  };
}

/** A final transaction that brings each of so many legs' wallets so many token units. */
export const delivers = (legs: number, tokens: bigint): ChainTransaction => ({
  slot: 901n,
  failed: false,
  changes: [],
  tokens: Array.from({ length: legs }, (_, at) => ({
    owner: addressOf(`wallet ${at + 1}`),
    mint: requestOf().tokenAddress,
    before: 5n,
    after: 5n + tokens,
  })),
});

/** Every attempt is dead, at as many endpoints as there are heights. Of the attempts, L is 250. */
export const dead = (...heights: bigint[]): Script["evidence"] =>
  heights.map((height) => ({ height, status: () => null }));

export const says = (status: Status, height = 252n): Script["evidence"] => [{ height, status: () => status }];
