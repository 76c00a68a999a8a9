/** The collections of the journal's database, and what every action needs besides them. */
import type { Collection, Db, FindOptions } from "mongodb";
import type { ApiKeyDocument } from "./documents/api-key.ts";
import type { DeliveryDocument } from "./documents/delivery.ts";
import type { EventDocument } from "./documents/event.ts";
import type { OperationDocument } from "./documents/operation.ts";
import type { SpendingDocument } from "./documents/spending.ts";
import type { UserDocument, WalletDocument } from "./documents/user.ts";
import type { WebhookDocument } from "./documents/webhook.ts";
import type { ServerClock } from "./server-clock.ts";

/** The lease on a user's wallets. It stays when it is released, without an owner: its token must go on growing. */
export type LeaseDocument = {
  readonly _id: string;
  readonly owner: string | null;
  readonly token: number;
  readonly expiresAt: Date;
  readonly write: string;
};

/** A signature that some attempt has: it is given to one attempt of one step. */
export type SignatureDocument = {
  readonly _id: string;
  readonly stepId: string;
  readonly number: number;
  readonly write: string;
};

/** Gives numbers to users, operations and API keys, in the order in which they came. */
export type CounterDocument = { readonly _id: string; readonly value: number; readonly write: string };

/** A short text that all processes share, until it expires. */
export type CacheDocument = { readonly _id: string; readonly value: string; readonly expiresAt: Date };

/** A small durable text, and how often it was written. */
export type NoteDocument = {
  readonly _id: string;
  readonly value: string;
  readonly version: number;
  readonly write: string;
};

/** A set of limits: of everyone (`*`) or of one user (`=` and the id). */
export type LimitsDocument = { readonly _id: string; readonly limits: string };

/** The kill switch: present while it is on. */
export type SwitchDocument = {
  readonly _id: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  readonly write: string;
};

/** What is there once: how far the journal has come, and a declared restore. Slots and heights have 20 digits. */
export type MarkDocument = {
  readonly _id: string;
  readonly at: Date;
  readonly slot?: string;
  readonly first?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly lastValidBlockHeight?: string;
  readonly write: string;
};

/** A record of the audit log; the id is its number, so that it is given once. */
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

/** Why an operation does what it does, as JSON text. No step: it is about the operation. */
export type DecisionDocument = {
  readonly _id: string;
  readonly operationId: string;
  readonly step: string;
  readonly number: number;
  readonly at: Date;
  readonly decision: string;
  readonly write: string;
};

/** The one document that says which version the database has. */
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
  readonly switches: Collection<SwitchDocument>;
  readonly marks: Collection<MarkDocument>;
  readonly clock: ServerClock;
  /** For reads of one document that a decision rests on: linearizable where the server has that. */
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
  switches: db.collection("switches"),
  marks: db.collection("marks"),
  clock,
  decisive,
});
