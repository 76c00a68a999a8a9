/** Stores the engine's decisions in the journal. */
import type { Decision, Ports } from "../ports.ts";

/**
 * Stores a decision. If the journal is unavailable, the decision is lost, because a missing explanation must not stop
 * the operation.
 */
export async function note(
  { ports, operation }: { ports: Pick<Ports, "journal">; operation: { readonly id: string } },
  decision: Decision,
): Promise<void> {
  await ports.journal.appendDecision(operation.id, decision).catch(() => undefined);
}

/** Returns a function that stores the decisions about an operation's market. */
export const notesOf =
  (run: Parameters<typeof note>[0]) =>
  (decision: Decision): Promise<void> =>
    note(run, decision);
