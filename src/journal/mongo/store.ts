/** Defines the collections of the journal's database, and the clock and read options that every action needs. */
import type { Collection, Db, FindOptions } from "mongodb";
import { readCollectionId } from "./collection-id.ts";
import type { ApiKeyDocument } from "./documents/api-key.ts";
import type { DeliveryDocument } from "./documents/delivery.ts";
import type { EventDocument } from "./documents/event.ts";
import type { OperationDocument } from "./documents/operation.ts";
import type { RestingDocument, SpendingDocument } from "./documents/spending.ts";
import type { UserDocument, WalletDocument } from "./documents/user.ts";
import type { WebhookDocument } from "./documents/webhook.ts";
import type { ServerClock } from "./server-clock.ts";

/**
 * The lease on a user's wallets. A released lease stays without an owner, because its token must keep increasing.
 */
export type LeaseDocument = {
  readonly _id: string;
  readonly owner: string | null;
  readonly token: number;
  readonly expiresAt: Date;
  readonly write: string;
};

/** The signature of an attempt. It can belong to only one attempt of one step. */
export type SignatureDocument = {
  readonly _id: string;
  readonly stepId: string;
  readonly number: number;
  readonly write: string;
};

/** A counter. It numbers users, operations, API keys, webhooks and deliveries in the order of their creation. */
export type CounterDocument = { readonly _id: string; readonly value: number; readonly write: string };

/** A short text that all processes share until it expires. */
export type CacheDocument = { readonly _id: string; readonly value: string; readonly expiresAt: Date };

/** A short durable text. `version` is the number of its writes. */
export type NoteDocument = {
  readonly _id: string;
  readonly value: string;
  readonly version: number;
  readonly write: string;
};

/** A set of limits: for everyone (`*`) or for one user (`=` and the id). */
export type LimitsDocument = { readonly _id: string; readonly limits: string };

/** The halt. The document exists while the halt is active. */
export type SwitchDocument = {
  readonly _id: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  readonly write: string;
};

/** A single document: how far the journal has come, a declared restore, or the copy that the workers use. Slots and heights have 20 digits. */
export type MarkDocument = {
  readonly _id: string;
  readonly at: Date;
  readonly slot?: string;
  readonly first?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly lastValidBlockHeight?: string;
  readonly collection?: string;
  readonly write: string;
};

/** A record of the audit log. Its id is its number, so that each number is used once. */
export type AuditDocument = {
  readonly _id: string;
  readonly at: Date;
  readonly action: string;
  readonly actor: string;
  readonly subject: string;
  readonly details: string;
  readonly previous: string;
  readonly hash: string;
  readonly write: string;
};

/** Why an operation did something, as JSON text. An empty step means that it concerns the whole operation. */
export type DecisionDocument = {
  readonly _id: string;
  readonly operationId: string;
  readonly step: string;
  readonly number: number;
  readonly at: Date;
  readonly decision: string;
  readonly write: string;
};

/** The one document that stores the database's version. */
export type SchemaDocument = {
  readonly _id: string;
  readonly version: number;
  readonly revoked?: number;
  readonly write: string;
};

export type Store = {
  readonly schema: Collection<SchemaDocument>;
  readonly users: Collection<UserDocument>;
  readonly wallets: Collection<WalletDocument>;
  readonly apiKeys: Collection<ApiKeyDocument>;
  readonly webhooks: Collection<WebhookDocument>;
  readonly deliveries: Collection<DeliveryDocument>;
  readonly operations: Collection<OperationDocument>;
  readonly events: Collection<EventDocument>;
  readonly decisions: Collection<DecisionDocument>;
  readonly leases: Collection<LeaseDocument>;
  readonly signatures: Collection<SignatureDocument>;
  readonly counters: Collection<CounterDocument>;
  readonly cache: Collection<CacheDocument>;
  readonly notes: Collection<NoteDocument>;
  readonly audit: Collection<AuditDocument>;
  readonly limits: Collection<LimitsDocument>;
  readonly spending: Collection<SpendingDocument>;
  /** The reservations of operations that rest: see `documents/spending.ts`. */
  readonly resting: Collection<RestingDocument>;
  readonly switches: Collection<SwitchDocument>;
  readonly marks: Collection<MarkDocument>;
  /** The id of the collection of operations: see `copy.ts`. */
  readonly readCollectionId: () => Promise<string>;
  readonly clock: ServerClock;
  /** Options for reads of one document that a decision depends on: linearizable if the server supports it. */
  readonly decisive: FindOptions;
};

export const storeOf = (db: Db, clock: ServerClock, decisive: FindOptions): Store => ({
  schema: db.collection("schema"),
  users: db.collection("users"),
  wallets: db.collection("wallets"),
  apiKeys: db.collection("apiKeys"),
  webhooks: db.collection("webhooks"),
  deliveries: db.collection("deliveries"),
  operations: db.collection("operations"),
  events: db.collection("events"),
  decisions: db.collection("decisions"),
  leases: db.collection("leases"),
  signatures: db.collection("signatures"),
  counters: db.collection("counters"),
  cache: db.collection("cache"),
  notes: db.collection("notes"),
  audit: db.collection("audit"),
  limits: db.collection("limits"),
  spending: db.collection("spending"),
  resting: db.collection("resting"),
  switches: db.collection("switches"),
  marks: db.collection("marks"),
  readCollectionId: () => readCollectionId(db),
  clock,
  decisive,
});
