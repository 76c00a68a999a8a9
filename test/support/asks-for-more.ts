/** Makes a leg land with fewer tokens than it was signed for, which no real part does. */
import type { Journal } from "../../src/engine/ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";

/** Journals leg 2 as if it had been signed for twice its quote. */
export const asksForMore = (ports: WorkerPorts): WorkerPorts => {
  const { journal } = ports;
  const insertAttempts: Journal["insertAttempts"] = (lease, wave) =>
    journal.insertAttempts(
      lease,
      wave.map((one) => {
        const { stepId, attempt } = one;
        if (!stepId.endsWith(".buy.2")) return one;
        return { ...one, attempt: { ...attempt, minTokensOut: (attempt.quotedTokensOut ?? 0n) * 2n } };
      }),
    );
  return { ...ports, journal: Object.assign(Object.create(journal) as Journal, { insertAttempts }) };
};
