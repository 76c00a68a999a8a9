/** Stores the engine's decisions in the journal. */
import type { Decision, Ports } from "../ports.ts";

/**
 * Stores a decision. If the journal is unavailable, we ignore the error, because a missing explanation must not stop
 * the operation. Then only the log has the decision.
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

/** Keeps decisions until they are stored, in their order, beside other writes. */
export function keepNotes(run: Parameters<typeof note>[0]) {
  const kept: Decision[] = [];
  return {
    keep: async (decision: Decision): Promise<void> => {
      kept.push(decision);
    },
    store: async (): Promise<void> => {
      for (const decision of kept.splice(0)) await note(run, decision);
    },
  };
}
