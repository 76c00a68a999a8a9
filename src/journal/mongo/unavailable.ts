/**
 * Separates connection and server faults, after which a write may or may not have happened, from all other errors.
 */
import { MongoAPIError, MongoError, MongoServerError, MongoWriteConcernError } from "mongodb";
import { CTOError } from "../../errors/index.ts";

/**
 * Codes of server errors that are no verdict on the command itself (names as in MongoDB's `error_codes.yml`).
 * The caller retries later.
 */
const UNAVAILABLE = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized
  18, // AuthenticationFailed
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  317, // ConnectionPoolExpired
  365, // TemporarilyUnavailable
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

/** Returns whether a unique index refused the write. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === 11_000;

const isUnavailable = (error: MongoError): boolean => {
  if (error instanceof MongoWriteConcernError) return true;
  // The server sets this label if another node, or a later retry, may succeed.
  if (error instanceof MongoServerError)
    return UNAVAILABLE.has(Number(error.code)) || error.hasErrorLabel("RetryableWriteError");
  // A wrong use of the driver is our bug. A closed client or topology is not.
  return !(error instanceof MongoAPIError) || /Closed|NotConnected|Expired/.test(error.name);
};

/**
 * Converts a fault to our error. The driver's messages name hosts, but never credentials. The error object
 * may contain more, so we do not pass it as `cause`.
 */
export const explain = (error: unknown): unknown =>
  error instanceof MongoError && isUnavailable(error)
    ? new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${error.message} (${error.name})` })
    : error;
