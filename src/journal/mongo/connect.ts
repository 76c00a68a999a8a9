/**
 * Creates the driver's client with the concerns that R1 needs. It refuses a connection string that sets weaker ones.
 */
import { MongoClient } from "mongodb";
import { CTOError } from "../../errors/index.ts";
import type { HeartbeatLimits } from "./watchdog.ts";

const TIMEOUT_MS = 10_000;

/** Longer than any of our commands takes on a healthy server. */
const SOCKET_TIMEOUT_MS = 60_000;

/** The driver's own timeouts must end every action within this time. */
export const LONGEST_ACTION_MS = SOCKET_TIMEOUT_MS + 2 * TIMEOUT_MS;

export const HEARTBEAT_LIMITS: HeartbeatLimits = {
  answerMs: TIMEOUT_MS + 2_000,
  heldMs: TIMEOUT_MS,
  everyMs: 1_000,
};

type Weakness = { setting: string; value: string; needed: string };

/** Returns a weaker setting of the connection string, or null. If the string sets nothing, our settings apply. */
const findWeakness = ({ options }: MongoClient): Weakness | null => {
  const { writeConcern, readConcern, readPreference } = options;
  const { w, j } = writeConcern ?? {};
  if (w !== undefined && w !== "majority") return { setting: "w", value: String(w), needed: "majority" };
  if (j === false) return { setting: "journal", value: "false", needed: "true" };
  const level = readConcern?.level;
  if (level === "local" || level === "available") {
    return { setting: "readConcernLevel", value: level, needed: "majority" };
  }
  const mode = readPreference?.mode ?? "primary";
  return mode === "primary" ? null : { setting: "readPreference", value: mode, needed: "primary" };
};

const parse = (uri: string): MongoClient => {
  try {
    return new MongoClient(uri);
  } catch (error) {
    // The parser's message may repeat the connection string, which contains a password.
    const name = error instanceof Error ? error.name : "unknown";
    throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `MONGODB_URI cannot be read (${name})` });
  }
};

/**
 * Does no I/O.
 * @throws `CTO_E_JOURNAL_TOO_WEAK` for `w=1` and similar settings
 * @throws `CTO_E_JOURNAL_UNAVAILABLE` if the text is not a connection string
 */
export const makeClient = (uri: string): MongoClient => {
  const options = parse(uri);
  const weakness = findWeakness(options);
  if (weakness !== null) throw new CTOError("CTO_E_JOURNAL_TOO_WEAK", weakness);
  return new MongoClient(uri, {
    appName: "cto-journal",
    writeConcern: { w: "majority", j: true, wtimeoutMS: TIMEOUT_MS },
    readConcern: { level: "majority" },
    readPreference: "primary",
    // The driver's default is 30 s. A worker should learn sooner that it has no journal.
    ...(/[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: TIMEOUT_MS }),
    connectTimeoutMS: TIMEOUT_MS,
    heartbeatFrequencyMS: TIMEOUT_MS,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
  });
};

/** Returns the database that the connection string names, otherwise `cto`. */
export const databaseNameOf = (uri: string): string => {
  const path = /^[^:]+:\/\/[^/?]*\/([^?]*)/.exec(uri)?.[1] ?? "";
  return path === "" ? "cto" : decodeURIComponent(path);
};
