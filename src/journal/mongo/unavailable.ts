/** Tells faults of the connection or the server, after which a write may or may not have happened, from other errors. */
import { MongoAPIError, MongoError, MongoServerError, MongoWriteConcernError } from "mongodb";
import { CTOError } from "../../errors/index.ts";

/**
 * Server errors that say nothing about the command itself (names as in MongoDB's `error_codes.yml`).
 * What has one of them, or none at all, is asked again later.
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

/** The server has refused the write for a unique index. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === 11_000;

const isUnavailable = (error: MongoError): boolean => {
  if (error instanceof MongoWriteConcernError) return true;
  // The label is the server's word for "ask another node, or later".
  if (error instanceof MongoServerError)
    return UNAVAILABLE.has(Number(error.code)) || error.hasErrorLabel("RetryableWriteError");
  // A wrong use of the driver is a bug of ours; a closed client or topology is not among these.
  return !(error instanceof MongoAPIError) || /Closed|NotConnected|Expired/.test(error.name);
};

/** The driver's own words name hosts, never credentials; the error object may hold more, so it is not a `cause`. */
export const explain = (error: unknown): unknown =>
  error instanceof MongoError && isUnavailable(error)
    ? new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `${error.message} (${error.name})` })
    : error;
