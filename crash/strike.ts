/** Sends the request of one run, applies the fault at its point, and follows the operation to its end. */
import type { Operation } from "../src/engine/ports.ts";
import { arm } from "./arm.ts";
import { followToEnd } from "./caller.ts";
import type { Case } from "./cases.ts";
import type { Stricken } from "./strikes.ts";

export type Struck = {
  readonly operation: Operation | null;
  readonly reached: boolean;
  /** Why the run did not end, or could not be dealt its fault, one sentence each. */
  readonly problems: readonly string[];
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Says what an operation that did not end waits for, so that its run need not be repeated to find it. */
export function sayUnended(
  { status, settled, tries, notBefore, recovery }: Operation,
  asksRecovery: boolean,
): string {
  const parts = [`the operation is still ${status}`];
  if (asksRecovery) parts.push(`its recovery is ${recovery?.state ?? "not requested"}`);
  if (!settled) parts.push("it is not settled");
  if (tries > 0) parts.push(`an outage has stopped it ${tries} times`);
  if (notBefore != null) parts.push(`it rests until ${notBefore.toISOString()}`);
  return parts.join(", ");
}

/** @param until on the clock of `performance.now()` */
export async function strike(item: Case, stricken: Stricken, until: number): Promise<Struck> {
  const { caller, scene, worker } = stricken;
  const over = new AbortController();
  try {
    const armed = arm(item, stricken);
    const refusals: string[] = [];
    // A request may also fail before its point, for example because a busy queue gives no answer in time. Then the fault
    // comes only after the next request, so that request does not wait for the fault.
    caller.ask(worker).catch((error: unknown) => {
      refusals.push(`its first request failed: ${messageOf(error)}`);
      return caller.askAgain(over.signal);
    });
    const dealt = armed.dealt.then(
      () => null,
      (error: unknown) => `the fault could not be dealt: ${messageOf(error)}`,
    );
    const operation = await followToEnd(scene, until, caller.isOver);
    // A restarting server must be available again before we read the results from it.
    const faultProblem = armed.begun() ? await dealt : null;
    const problems = faultProblem === null ? [] : [faultProblem];
    if (operation === null) problems.push("no operation was accepted", ...refusals);
    else if (!caller.isOver(operation))
      problems.push([sayUnended(operation, item.mode === "recover"), ...refusals].join("; "));
    return { operation, reached: armed.reached(), problems };
  } finally {
    over.abort();
  }
}
