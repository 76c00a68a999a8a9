/**
 * Names what a call's journal write does. All of a call is in notes, and its moves are one method, called on a beat: without
 * their names the sweep would take only the first ones.
 */
import { parseCallRecord } from "../src/calls/call-record.ts";
import { PHASES, type Phase } from "../src/engine/calls/muster.ts";

/** From the least to the most advanced. */
const ORDER = Object.keys(PHASES) as Phase[];

/** Returns where the call stands after the write, as far as every undisturbed run passes it. */
function standOf(value: string): string {
  const { status, announcement, muster } = parseCallRecord(value);
  if (muster === null) return announcement === null ? status : `${status}, announced`;
  const signed = muster.members.flatMap(({ attempts }) => attempts).filter((one) => one.signature !== null);
  if (!muster.released) return `${status}, round ${muster.round}, ${signed.length} signed`;
  const phases = muster.members.flatMap(({ attempts }) => attempts.map(({ phase }) => phase));
  const last = ORDER.findLast((phase) => phases.includes(phase)) ?? "none";
  return `${status}, released, ${last}`;
}

/** Returns the kind of a call's note that this call of the journal writes; null for everything else. */
export function callNoteOf(method: string, [key, , value]: readonly unknown[]): string | null {
  if (method !== "writeNote" || typeof key !== "string") return null;
  const [kind = ""] = key.split("/");
  if (kind === "call" && typeof value === "string") return `call ${standOf(value)}`;
  return ["call", "open-call", "watched-call", "pledge", "handed", "returned"].includes(kind) ? kind : null;
}
