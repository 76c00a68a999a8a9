/**
 * Wraps a worker's ports so that chosen operations come to rest in states that a healthy cluster rarely shows: lost
 * buys, which need a review, and a wallet that received too little.
 */
import type { Journal } from "../../src/engine/ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";

export type Faults = {
  /** Operations whose first two buys an endpoint accepts and does not forward. */
  readonly lost: Set<string>;
  /** Operations whose second leg is journaled with twice its quote as its least amount, which causes an incident. */
  readonly short: Set<string>;
};

const hasMemoOf = (wire: string, ids: ReadonlySet<string>): boolean => {
  const text = Buffer.from(wire, "base64").toString("latin1");
  return [...ids].some((id) => text.includes(`${id}:buy:1/`) || text.includes(`${id}:buy:2/`));
};

export const withFaults =
  ({ lost, short }: Faults) =>
  (ports: WorkerPorts): WorkerPorts => {
    const { journal, chain } = ports;
    const insertAttempts: Journal["insertAttempts"] = (lease, wave) =>
      journal.insertAttempts(
        lease,
        wave.map((one) => {
          const [id = ""] = one.stepId.split(".");
          if (!short.has(id) || !one.stepId.endsWith(".buy.2")) return one;
          return {
            ...one,
            attempt: { ...one.attempt, minTokensOut: (one.attempt.quotedTokensOut ?? 0n) * 2n },
          };
        }),
      );
    return {
      ...ports,
      journal: Object.assign(Object.create(journal) as Journal, { insertAttempts }),
      chain: {
        ...chain,
        broadcast: async (wire, options) => (hasMemoOf(wire, lost) ? "sent" : chain.broadcast(wire, options)),
      },
    };
  };
