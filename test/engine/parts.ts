/**
 * Provides an in-memory journal and a chain with scripted answers, for faults that a real cluster does not show on
 * demand.
 */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type {
  Chain,
  ChainTransaction,
  Consensus,
  Directory,
  Evidence,
  FinalTransaction,
  Journal,
  Lease,
  OperationRequest,
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

/** The chain's current answers. A test changes them. */
export type Script = {
  /** The cluster's consensus. Default: Tower. */
  consensus: Consensus;
  view: SignatureView;
  evidence: "unavailable" | { height: bigint; status: (signature: Signature) => Status }[];
  /** The result of a final transaction; "unavailable": no endpoint answers. */
  transaction: "unavailable" | ((signature: Signature) => ChainTransaction | null);
  readonly sent: string[];
  /** The wallets' histories from the endpoints, and the transactions (`finals`) that the endpoints have. */
  histories: readonly WalletHistory[];
  readonly finals: Map<Signature, FinalTransaction>;
};

/** A scene without keys and venues. Code that tries to sign or to trade fails the test. */
export type Scene = {
  readonly journal: Journal & Directory & SharedCache;
  readonly ports: Ports;
  readonly script: Script;
  readonly wallets: readonly Wallet[];
  readonly told: StoredEvent[];
  readonly id: string;
  step(leg: number): Promise<Step>;
  /** Acquires a lease for a new owner. */
  lease(): Promise<Lease>;
};

const never = (what: string) => () => {
  throw new Error(`nothing was to be ${what}`);
};

function scriptedChain(script: Script): Chain {
  return {
    consensus: async () => script.consensus,
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
    doesSame: never("compared"),
    simulate: never("simulated"),
    broadcast: async (wire) => {
      script.sent.push(wire);
      return "sent";
    },
    watch: async () => script.view,
    readHistory: async () => script.histories,
    readHistories: async (wallets) => new Map(wallets.map((wallet) => [wallet, script.histories])),
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

/**
 * Creates an operation of two legs, each signed once (L is 250), with the given step statuses. `ended` is its final
 * status, or null.
 */
export async function openScene(
  statuses: readonly StepStatus[],
  ended: "completed" | "needs_review" | "cancelled" | null,
  request: Partial<OperationRequest> = {},
): Promise<Scene> {
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id, lease, steps } = await planned(journal, statuses.length, "op", request);
  for (const [at, step] of steps.entries()) {
    const flying = await inserted(journal, step, lease, attemptOf(1, step.id));
    const status = statuses[at] ?? "in_flight";
    if (status === "in_flight") continue;
    const attempt = { number: 1, status: "landed", slot: 900n } as const;
    const landed = status === "confirmed" || status === "finalized" ? { attempt } : {};
    // The step is ready again, because its signed attempt is dead.
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
    consensus: "tower",
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

/** Builds a final transaction that delivers this many tokens to the wallet of each leg. */
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

/** Builds evidence, one per height, in which every attempt (L is 250) is absent. */
export const dead = (...heights: bigint[]): Script["evidence"] =>
  heights.map((height) => ({ height, status: () => null }));

export const says = (status: Status, height = 252n): Script["evidence"] => [{ height, status: () => status }];
