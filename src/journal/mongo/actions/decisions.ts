/**
 * Stores why an operation did something: one document for each decision that differs from the last one about the same step.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Decision, MOST_DECISIONS, type StoredDecision } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { decodeDecision, encodeDecision } from "../../stored-decision.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

const stored = z.object({ at: z.date(), decision: z.string() });

/** Two equal decisions that are appended at the same moment may both be stored. No logic depends on decisions. */
export const appendDecision = async (store: Store, id: string, decision: Decision): Promise<boolean> => {
  if ((await readOperation(store, id)) === null) return false;
  const { decisions, clock } = store;
  const about = { operationId: id, step: decision.step ?? "" };
  const text = encodeDecision(decision);
  const [last] = await decisions.find(about).sort({ number: -1 }).limit(1).toArray();
  if (last?.decision === text) return false;
  const number = await decisions.countDocuments({ operationId: id }, { limit: MOST_DECISIONS });
  if (number >= MOST_DECISIONS) return false;
  return insertOnce(store, decisions, {
    _id: randomUUID(),
    ...about,
    number,
    at: clock.now(),
    decision: text,
  });
};

export const readDecisions = async ({ decisions }: Store, operationId: string): Promise<StoredDecision[]> => {
  const found = await decisions
    .find({ operationId })
    .sort({ number: 1, at: 1 })
    .limit(MOST_DECISIONS)
    .toArray();
  return found.map((document) =>
    parseRecord("decisions", () => {
      const { at, decision } = stored.parse(document);
      return { ...decodeDecision(JSON.parse(decision)), at };
    }),
  );
};
