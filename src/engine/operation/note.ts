/** How the engine notes a decision in the journal. */
import type { Decision, Ports } from "../ports.ts";

/** Notes a decision. A journal that is away must not stop what was decided: then the log alone has it. */
export async function note(
  { ports, operation }: { ports: Pick<Ports, "journal">; operation: { readonly id: string } },
  decision: Decision,
): Promise<void> {
  await ports.journal.appendDecision(operation.id, decision).catch(() => undefined);
}

/** Notes what is decided on the way to an operation's market. */
export const notesOf =
  (run: Parameters<typeof note>[0]) =>
  (decision: Decision): Promise<void> =>
    note(run, decision);
