/** Defines what one run of the sweep comes to, and the limits that all runs share. */
import type { CallStatus } from "../src/calls/call-record.ts";
import type { Operation } from "../src/engine/ports.ts";
import type { Case } from "./cases.ts";

/** The liveness limit. A run that takes longer is a violation. Seconds are enough, except on an overloaded machine. */
export const DEADLINE_MS = 180_000;

/** More transactions than a fork can drop: all lanes together land fewer between two finalized blocks. */
export const FORK_SLACK = 500;

export type Outcome = {
  readonly case: Case;
  /**
   * False if the operation ended before the point, or the fault affected nothing. Such a run proves nothing and is not
   * counted.
   */
  readonly reached: boolean;
  /** Null if no operation was accepted. A call's is `call landed` or `call lapsed`. */
  readonly status: Operation["status"] | `call ${CallStatus}` | null;
  /**
   * The operation's error, or why the call has ended. A failure is not a violation: a fork may, for example, invalidate the quote that the
   * operation was to sign.
   */
  readonly failure: string | null;
  /** The number of attempts after the first one of a step. */
  readonly resigned: number;
  readonly violations: readonly string[];
  readonly ms: number;
};
