/** Opens the journal and the directory of users and wallets on MongoDB. */
import type { Db, MongoClient } from "mongodb";
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
import { insertAttempt, insertAttempts } from "./actions/insert-attempt.ts";
import { readHalt, readLimits, writeHalt, writeLimits } from "./actions/limits.ts";
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
import { checkServer } from "./check-server.ts";
import { checkUpdates } from "./check-updates.ts";
import { databaseNameOf, HEARTBEAT_LIMITS, LONGEST_ACTION_MS, makeClient } from "./connect.ts";
import { ownNewCopy, tellsCopies, whyCopied } from "./copy.ts";
import { migrate } from "./migrate.ts";
import { refuseOperators } from "./no-operators.ts";
import { openServerClock } from "./server-clock.ts";
import { type Store, storeOf } from "./store.ts";
import { explain } from "./unavailable.ts";
import { watchMonitor, within } from "./watchdog.ts";

export type MongoJournal = Journal &
  Directory &
  SharedCache & {
    readonly db: Db;
    close(): Promise<void>;
  };

export type MongoJournalOptions = {
  readonly uri: string;
  /** Allows a server without a replica set, for tests. Such a server guarantees only what its one disk does. */
  readonly allowStandalone?: boolean;
};

type Action<Args extends unknown[], Answer> = (store: Store, ...args: Args) => Promise<Answer>;

const methods = (store: Store): Journal & Directory & SharedCache => {
  /** Converts the driver's errors to ours, for every action. */
  const on =
    <Args extends unknown[], Answer>(action: Action<Args, Answer>) =>
    async (...args: Args): Promise<Answer> => {
      refuseOperators(args);
      try {
        return await within(LONGEST_ACTION_MS, action(store, ...args));
      } catch (error) {
        throw explain(error);
      }
    };
  return {
    addUser: on(addUser),
    readUser: on(readUser),
    listUsers: on(listUsers),
    addWallet: on(addWallet),
    findWallet: on(findWallet),
    listWallets: on(listWallets),
    readWallet: on(readWallet),
    setWalletDisabled: on(setWalletDisabled),
    readSealedKey: on(readSealedKey),
    readSealedKeys: on(readSealedKeys),
    listSealedKeys: on(listSealedKeys),
    replaceSealedKey: on(replaceSealedKey),
    addApiKey: on(addApiKey),
    readApiKey: on(readApiKey),
    listApiKeys: on(listApiKeys),
    revokeApiKey: on(revokeApiKey),
    expireApiKey: on(expireApiKey),
    touchApiKey: on(touchApiKey),
    readNote: on(readNote),
    writeNote: on(writeNote),
    listNotes: on(listNotes),
    addWebhook: on(addWebhook),
    readWebhook: on(readWebhook),
    listWebhooks: on(listWebhooks),
    removeWebhook: on(removeWebhook),
    changeWebhook: on(changeWebhook),
    replaceWebhookSecrets: on(replaceWebhookSecrets),
    listUnqueuedEvents: on(listUnqueuedEvents),
    markQueued: on(markQueued),
    writeDeliveries: on(writeDeliveries),
    readDelivery: on(readDelivery),
    listDeliveries: on(listDeliveries),
    listDueLanes: on(listDueLanes),
    nextDelivery: on(nextDelivery),
    changeDelivery: on(changeDelivery),
    postponeLane: on(postponeLane),
    countEndedDeliveries: on(countEndedDeliveries),
    dropEndedDeliveries: on(dropEndedDeliveries),
    createOperation: on(createOperation),
    findAccepted: on(findAccepted),
    readOperation: on(readOperation),
    listOperations: on(listOperations),
    listNext: on(listNext),
    listDueUsers: on(listDueUsers),
    postponeOperation: on(postponeOperation),
    listUnsettled: on(listUnsettled),
    requestCancel: on(requestCancel),
    beginOperation: on(beginOperation),
    changeOperation: on(changeOperation),
    markSettled: on(markSettled),
    requestRecovery: on(requestRecovery),
    writeRecovery: on(writeRecovery),
    changeRecovery: on(changeRecovery),
    writePlan: on(writePlan),
    writeFunding: on(writeFunding),
    anchorLegs: on(anchorLegs),
    readLegs: on(readLegs),
    tallyLegs: on(tallyLegs),
    readSteps: on(readSteps),
    readStep: on(readStep),
    writeTokensReceived: on(writeTokensReceived),
    recordIncident: on(recordIncident),
    insertAttempt: on(insertAttempt),
    insertAttempts: on(insertAttempts),
    changeStep: on(changeStep),
    changeSteps: on(changeSteps),
    reopenStep: on(reopenStep),
    acquireLease: on(acquireLease),
    renewLeases: on(renewLeases),
    releaseLease: on(releaseLease),
    appendEvent: on(appendEvent),
    appendEvents: on(appendEvents),
    readEvents: on(readEvents),
    appendDecision: on(appendDecision),
    readDecisions: on(readDecisions),
    listCompactable: on(listCompactable),
    compactEvents: on(compactEvents),
    readLimits: on(readLimits),
    writeLimits: on(writeLimits),
    reserveSpending: on(reserveSpending),
    settleSpending: on(settleSpending),
    readSpending: on(readSpending),
    readHalt: on(readHalt),
    writeHalt: on(writeHalt),
    readReached: on(readReached),
    writeReached: on(writeReached),
    readRestore: on(readRestore),
    declareRestore: on(declareRestore),
    whyCopied: on(whyCopied),
    tellsCopies: on(tellsCopies),
    appendAudit: on(appendAudit),
    readAudit: on(readAudit),
    readAuditBack: on(readAuditBack),
    readCached: on(readCached),
    readTime: on(readTime),
    writeCached: on(writeCached),
  };
};

/**
 * Opens the journal. It refuses a server or a connection string without majority guarantees, creates missing
 * indexes, and refuses a server whose conditional updates are not atomic.
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`, `CTO_E_JOURNAL_TOO_WEAK`, `CTO_E_JOURNAL_INCOMPATIBLE`,
 *   `CTO_E_JOURNAL_FOREIGN_DATABASE`
 * @example
 * const journal = await createMongoJournal({ uri: process.env.MONGODB_URI });
 * await journal.addUser({ id: "alice" });
 * await journal.close();
 */
export const createMongoJournal = async ({
  uri,
  allowStandalone = false,
}: MongoJournalOptions): Promise<MongoJournal> => {
  let client: MongoClient | null = null;
  try {
    client = makeClient(uri);
    const opened = client;
    const db = opened.db(databaseNameOf(uri));
    const decisive = await checkServer(db, allowStandalone);
    const store = storeOf(db, await openServerClock(db), decisive);
    await migrate(db, store);
    await ownNewCopy(store);
    await checkUpdates(store);
    const watchdog = watchMonitor(opened, HEARTBEAT_LIMITS);
    return {
      ...methods(store),
      db,
      async close() {
        await watchdog.stop();
        await opened.close();
      },
    };
  } catch (error) {
    await client?.close();
    throw explain(error);
  }
};
