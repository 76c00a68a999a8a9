/** Opens the journal and the directory of users and wallets on PostgreSQL. */
import { Pool } from "pg";
import type { Directory, Journal, SharedCache } from "../../engine/ports.ts";
import { acquireLease } from "./actions/acquire-lease.ts";
import { addUser } from "./actions/add-user.ts";
import { addWallet } from "./actions/add-wallet.ts";
import { anchorLegs } from "./actions/anchor-legs.ts";
import {
  addApiKey,
  expireApiKey,
  listApiKeys,
  readApiKey,
  revokeApiKey,
  touchApiKey,
} from "./actions/api-keys.ts";
import { appendEvent, appendEvents } from "./actions/append-event.ts";
import { appendAudit, readAudit, readAuditBack } from "./actions/audit.ts";
import { beginOperation } from "./actions/begin-operation.ts";
import { changeOperation } from "./actions/change-operation.ts";
import { changeStep, changeSteps } from "./actions/change-step.ts";
import { compactEvents, listCompactable } from "./actions/compaction.ts";
import { createOperation, findAccepted } from "./actions/create-operation.ts";
import { appendDecision, readDecisions } from "./actions/decisions.ts";
import {
  changeDelivery,
  countEndedDeliveries,
  dropEndedDeliveries,
  listDeliveries,
  listDueLanes,
  listUnqueuedEvents,
  markQueued,
  nextDelivery,
  postponeLane,
  readDelivery,
  writeDeliveries,
} from "./actions/deliveries.ts";
import { findWallet } from "./actions/find-wallet.ts";
import { readHalt, writeHalt } from "./actions/halt.ts";
import { insertAttempt, insertAttempts } from "./actions/insert-attempt.ts";
import { readLimits, writeLimits } from "./actions/limits.ts";
import { listOperations } from "./actions/list-operations.ts";
import { listSealedKeys } from "./actions/list-sealed-keys.ts";
import { listUnsettled } from "./actions/list-unsettled.ts";
import { listUsers } from "./actions/list-users.ts";
import { listWallets, readWallet, setWalletDisabled } from "./actions/list-wallets.ts";
import { markSettled } from "./actions/mark-settled.ts";
import { listDueUsers, listNext, postponeOperation } from "./actions/next-operation.ts";
import { listNotes, readNote, writeNote } from "./actions/notes.ts";
import { readCached } from "./actions/read-cached.ts";
import { readEvents } from "./actions/read-events.ts";
import { readLegs } from "./actions/read-legs.ts";
import { readOperation } from "./actions/read-operation.ts";
import { readSealedKey, readSealedKeys } from "./actions/read-sealed-key.ts";
import { readStep, readSteps } from "./actions/read-steps.ts";
import { readTime } from "./actions/read-time.ts";
import { readUser } from "./actions/read-user.ts";
import { recordIncident } from "./actions/record-incident.ts";
import { changeRecovery, requestRecovery, writeRecovery } from "./actions/recovery.ts";
import { releaseLease } from "./actions/release-lease.ts";
import { renewLeases } from "./actions/renew-leases.ts";
import { reopenStep } from "./actions/reopen-step.ts";
import { replaceSealedKey } from "./actions/replace-sealed-key.ts";
import { requestCancel } from "./actions/request-cancel.ts";
import { declareRestore, readReached, readRestore, writeReached } from "./actions/restore.ts";
import { readSpending, reserveSpending, settleSpending } from "./actions/spending.ts";
import { tallyLegs } from "./actions/tally-legs.ts";
import {
  addWebhook,
  changeWebhook,
  listWebhooks,
  readWebhook,
  removeWebhook,
  replaceWebhookSecrets,
} from "./actions/webhooks.ts";
import { writeCached } from "./actions/write-cached.ts";
import { writeFunding } from "./actions/write-funding.ts";
import { writePlan } from "./actions/write-plan.ts";
import { writeTokensReceived } from "./actions/write-tokens-received.ts";
import { checkDurability, requireDurable, weaknessOf } from "./check-durability.ts";
import { tellsCopies, whyCopied } from "./copy.ts";
import { migrate } from "./migrate.ts";
import { read } from "./query.ts";
import { explain } from "./unavailable.ts";
import { openWitness } from "./witness.ts";

export type PostgresJournal = Journal &
  Directory &
  SharedCache & {
    readonly pool: Pool;
    /** Ends the connections, unless the caller passed the pool: then the caller must end it. */
    close(): Promise<void>;
  };

/**
 * A pool of your own must have an `error` listener, as pg's documentation requires. We do not check each of its new
 * connections, as we do with our own pools: its settings are read at the start, and before signing once a second.
 */
export type PostgresJournalOptions = { readonly connectionString: string } | { readonly pool: Pool };

const MAX_CONNECTIONS = 10;
/** Renewals have a connection of their own: behind the queries of a busy worker, one could come after the lease's end. */
const RENEWAL_CONNECTIONS = 1;
const CONNECT_TIMEOUT_MS = 10_000;

const ignore = (): void => undefined;

const makePool = (connectionString: string, max = MAX_CONNECTIONS): Pool => {
  const pool = new Pool({
    connectionString,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "cto-journal",
    pipeline: true,
    // The pool hands out no connection that this refuses.
    onConnect: (client) => requireDurable(async (text, values) => (await client.query(text, values)).rows),
  });
  // The server may end idle connections. The pool drops them itself. If there is no server, the next query fails.
  pool.on("error", ignore);
  // The same between the moment when the pool hands out a new connection and its first statement.
  pool.on("connect", (client) => client.on("error", ignore));
  return pool;
};

const methods = (pool: Pool, renewals: Pool): Journal & Directory & SharedCache => ({
  addUser: (user) => addUser(pool, user),
  readUser: (id) => readUser(pool, id),
  listUsers: (filter) => listUsers(pool, filter),
  addWallet: (wallet) => addWallet(pool, wallet),
  findWallet: (address) => findWallet(pool, address),
  listWallets: (userId) => listWallets(pool, userId),
  readWallet: (id) => readWallet(pool, id),
  setWalletDisabled: (id, disabled) => setWalletDisabled(pool, id, disabled),
  readSealedKey: (walletId) => readSealedKey(pool, walletId),
  readSealedKeys: (walletIds) => readSealedKeys(pool, walletIds),
  listSealedKeys: (after, limit) => listSealedKeys(pool, after, limit),
  replaceSealedKey: (walletId, expected, sealedKey) => replaceSealedKey(pool, walletId, expected, sealedKey),
  addApiKey: (key) => addApiKey(pool, key),
  readApiKey: (id) => readApiKey(pool, id),
  listApiKeys: () => listApiKeys(pool),
  revokeApiKey: (id) => revokeApiKey(pool, id),
  expireApiKey: (id, at) => expireApiKey(pool, id, at),
  touchApiKey: (id) => touchApiKey(pool, id),
  readNote: (key) => readNote(pool, key),
  writeNote: (key, version, value) => writeNote(pool, key, version, value),
  listNotes: (prefix) => listNotes(pool, prefix),
  addWebhook: (webhook) => addWebhook(pool, webhook),
  readWebhook: (id) => readWebhook(pool, id),
  listWebhooks: () => listWebhooks(pool),
  removeWebhook: (id) => removeWebhook(pool, id),
  changeWebhook: (id, change) => changeWebhook(pool, id, change),
  replaceWebhookSecrets: (id, expected, secrets) => replaceWebhookSecrets(pool, id, expected, secrets),
  listUnqueuedEvents: (limit) => listUnqueuedEvents(pool, limit),
  markQueued: (operationId, seq) => markQueued(pool, operationId, seq),
  writeDeliveries: (deliveries) => writeDeliveries(pool, deliveries),
  readDelivery: (id) => readDelivery(pool, id),
  listDeliveries: (webhookId, limit, before) => listDeliveries(pool, webhookId, limit, before),
  listDueLanes: (now, limit, except) => listDueLanes(pool, now, limit, except),
  nextDelivery: (lane) => nextDelivery(pool, lane),
  changeDelivery: (id, version, change) => changeDelivery(pool, id, version, change),
  postponeLane: (lane, dueAt) => postponeLane(pool, lane, dueAt),
  countEndedDeliveries: (before) => countEndedDeliveries(pool, before),
  dropEndedDeliveries: (before, limit) => dropEndedDeliveries(pool, before, limit),
  createOperation: (operation) => createOperation(pool, operation),
  findAccepted: (operation) => findAccepted(pool, operation),
  readOperation: (id) => readOperation(pool, id),
  listOperations: (filter) => listOperations(pool, filter),
  listNext: (userId, due) => listNext(pool, userId, due),
  listDueUsers: (due, after, limit) => listDueUsers(pool, due, after, limit),
  postponeOperation: (id, lease, postponement) => postponeOperation(pool, id, lease, postponement),
  listUnsettled: (limit) => listUnsettled(pool, limit),
  requestCancel: (id) => requestCancel(pool, id),
  beginOperation: (id, lease) => beginOperation(pool, id, lease),
  changeOperation: (id, lease, change) => changeOperation(pool, id, lease, change),
  markSettled: (id) => markSettled(pool, id),
  requestRecovery: (id) => requestRecovery(pool, id),
  writeRecovery: (id, lease, legs, steps) => writeRecovery(pool, id, lease, legs, steps),
  changeRecovery: (id, lease, change) => changeRecovery(pool, id, lease, change),
  writePlan: (id, lease, legs, kind) => writePlan(pool, id, lease, legs, kind),
  writeFunding: (id, lease, batches) => writeFunding(pool, id, lease, batches),
  anchorLegs: (id, lease, anchors) => anchorLegs(pool, id, lease, anchors),
  readLegs: (id) => readLegs(pool, id),
  tallyLegs: (ids) => tallyLegs(pool, ids),
  readSteps: (id) => readSteps(pool, id),
  readStep: (stepId) => readStep(pool, stepId),
  writeTokensReceived: (id, received) => writeTokensReceived(pool, id, received),
  recordIncident: (id, incident) => recordIncident(pool, id, incident),
  insertAttempt: (stepId, version, lease, attempt) => insertAttempt(pool, stepId, version, lease, attempt),
  insertAttempts: (lease, attempts) => insertAttempts(pool, lease, attempts),
  changeSteps: (lease, changes) => changeSteps(pool, lease, changes),
  changeStep: (stepId, version, lease, change) => changeStep(pool, stepId, version, lease, change),
  reopenStep: (stepId, version) => reopenStep(pool, stepId, version),
  acquireLease: (userId, owner, ttlMs) => acquireLease(pool, userId, owner, ttlMs),
  renewLeases: (leases, ttlMs) => renewLeases(renewals, leases, ttlMs),
  releaseLease: (lease) => releaseLease(pool, lease),
  appendEvent: (id, event) => appendEvent(pool, id, event),
  appendEvents: (id, events, progress) => appendEvents(pool, id, events, progress),
  readEvents: (id, after, limit) => readEvents(pool, id, after, limit),
  appendDecision: (id, decision) => appendDecision(pool, id, decision),
  readDecisions: (id) => readDecisions(pool, id),
  listCompactable: (before, after, limit) => listCompactable(pool, before, after, limit),
  compactEvents: (id, compaction) => compactEvents(pool, id, compaction),
  readLimits: (userId) => readLimits(pool, userId),
  writeLimits: (userId, limits, before) => writeLimits(pool, userId, limits, before),
  reserveSpending: (userId, reservations, caps) => reserveSpending(pool, userId, reservations, caps),
  settleSpending: (userId, taken) => settleSpending(pool, userId, taken),
  readSpending: (userId) => readSpending(pool, userId),
  readHalt: () => readHalt(pool),
  writeHalt: (halt) => writeHalt(pool, halt),
  readReached: () => readReached(pool),
  writeReached: (slot) => writeReached(pool, slot),
  readRestore: () => readRestore(pool),
  declareRestore: (restore) => declareRestore(pool, restore),
  whyCopied: () => whyCopied(pool),
  tellsCopies: () => tellsCopies(pool),
  appendAudit: (entry) => appendAudit(pool, entry),
  readAudit: (after, limit) => readAudit(pool, after, limit),
  readAuditBack: (before, limit) => readAuditBack(pool, before, limit),
  readCached: (key) => readCached(pool, key),
  readTime: () => readTime(pool),
  writeCached: (key, value, ttlMs) => writeCached(pool, key, value, ttlMs),
});

/**
 * Opens the journal. It refuses a server that does not commit durably, then applies missing migrations.
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`, `CTO_E_JOURNAL_TOO_WEAK`, `CTO_E_JOURNAL_INCOMPATIBLE`
 * @example
 * const journal = await createPostgresJournal({ connectionString: process.env.DATABASE_URL });
 * await journal.addUser({ id: "alice" });
 * await journal.close();
 */
export const createPostgresJournal = async (options: PostgresJournalOptions): Promise<PostgresJournal> => {
  const ours = "connectionString" in options;
  let opened: readonly [Pool, Pool] | null = null;
  try {
    const pool = ours ? makePool(options.connectionString) : options.pool;
    const renewals = ours ? makePool(options.connectionString, RENEWAL_CONNECTIONS) : pool;
    opened = [pool, renewals];
    await checkDurability((text, values) => read(pool, text, values));
    await migrate(pool);
    await openWitness(pool, renewals);
  } catch (error) {
    if (ours) await opened?.[0].end();
    throw weaknessOf(error) ?? explain(error);
  }
  const [pool, renewals] = opened;
  let ended: Promise<unknown> | null = null;
  return {
    ...methods(pool, renewals),
    pool,
    close: async () => {
      if (ours) ended ??= Promise.all([pool.end(), renewals.end()]);
      await ended;
    },
  };
};
