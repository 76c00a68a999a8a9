/**
 * Defines the state of the in-memory journal. Values that callers receive are replaced and never mutated, so
 * that they stay as they were.
 */
import type { Leg, Operation, Step, StoredDecision, StoredEvent, User, Wallet } from "../../engine/ports.ts";

export type OperationRecord = {
  operation: Operation;
  readonly requestHash: string;
  /** Null until the plan is written. */
  legs: Leg[] | null;
  events: StoredEvent[];
  readonly decisions: StoredDecision[];
  compacted: boolean;
};

/** `owner` is null after a release. The record stays, because the token must keep increasing. */
export type LeaseRecord = { owner: string | null; token: bigint; expiresAt: number };

export type State = {
  readonly now: () => Date;
  readonly users: Map<string, User>;
  readonly wallets: Map<string, { wallet: Wallet; sealedKey: string }>;
  /** In the order in which they were accepted. */
  readonly operations: Map<string, OperationRecord>;
  readonly steps: Map<string, Step>;
  readonly signatures: Set<string>;
  readonly leases: Map<string, LeaseRecord>;
};

export const emptyState = (now: () => Date): State => ({
  now,
  users: new Map(),
  wallets: new Map(),
  operations: new Map(),
  steps: new Map(),
  signatures: new Set(),
  leases: new Map(),
});
