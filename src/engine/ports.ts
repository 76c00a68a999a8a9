/**
 * Defines the ports through which the engine does all I/O, and re-exports the engine's types.
 *
 * The most used words; `docs/glossary.md` has all of them:
 *
 * | word | meaning |
 * |---|---|
 * | operation | one enqueued CTO: token, amount, mode, platform; its id is also the job id |
 * | leg | one wallet's part of an operation: this wallet, this many lamports |
 * | step | one thing that must land on chain at most once: a `buy`, a `fund` transfer, a `recover` transfer |
 * | attempt | one signed transaction of a step: its bytes, signature, blockhash, last valid block height |
 * | journal | the durable record of operations, legs, steps, attempts and events. It is authoritative; the queue only wakes workers |
 * | venue | a place where a token trades |
 *
 * The engine imports nothing that does I/O. `chain/`, `venues/`, `wallets/` and `journal/` implement these interfaces.
 * They depend on each other only through this file.
 */
import type { Address, Base64EncodedWireTransaction, Instruction, Lamports, Signature } from "@solana/kit";
import type { StoredEvent } from "./operation/events.ts";
import type { Chain } from "./ports/chain.ts";
import type { Journal } from "./ports/journal.ts";
import type { Keyring } from "./ports/keyring.ts";
import type { Policy } from "./ports/policy.ts";
import type { Venues } from "./ports/venue.ts";

export type { TransactionVersion } from "../base/transaction-limits.ts";
export * from "./cluster/bounds.ts";
export * from "./cluster/cluster-facts.ts";
export * from "./cluster/opening.ts";
export * from "./cluster/read-cluster.ts";
export * from "./cluster/times.ts";
export * from "./operation/decisions.ts";
export * from "./operation/events.ts";
export * from "./operation/model.ts";
export * from "./operation/status.ts";
export * from "./ports/api-keys.ts";
export * from "./ports/audit.ts";
export * from "./ports/chain.ts";
export * from "./ports/history.ts";
export * from "./ports/journal.ts";
export * from "./ports/keyring.ts";
export * from "./ports/limits.ts";
export * from "./ports/notes.ts";
export * from "./ports/policy.ts";
export * from "./ports/venue.ts";
export * from "./ports/webhooks.ts";
export * from "./step/of-leg.ts";
export * from "./step/status.ts";
export type { Address, Base64EncodedWireTransaction, Instruction, Lamports, Signature };

export interface Clock {
  now(): Date;
  /** Resolves early, without an error, if the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Notifies listeners of an operation's new event. A lost notification is harmless: listeners read the journal. */
export interface Events {
  notify(operationId: string, event: StoredEvent): void;
}

export type Ports = {
  readonly journal: Journal;
  readonly chain: Chain;
  /** Approves the final bytes, after composing and before signing. */
  readonly policy: Policy;
  readonly keyring: Keyring;
  readonly venues: Venues;
  readonly clock: Clock;
  readonly events: Events;
};
