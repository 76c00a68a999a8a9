/** Requests the recovery of an operation, plans it with its `recover` steps, and ends it. */
import type { Lease, Operation, Recovery, RecoveryLeg } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { mergeLegs, plainLeg } from "../../stored-recovery.ts";
import { newStep } from "../add-steps.ts";
import { fenced, heldBy } from "../adopt.ts";
import { parseOperation, RESTED } from "../documents/operation.ts";
import { keyOf, parseSteps } from "../documents/step.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** How often we retry a write whose condition has become false since the read. */
const TRIES = 5;

/** Returns null if the operation is not settled and has no recovery yet, or does not exist. */
export const requestRecovery = async (store: Store, id: string): Promise<Operation | null> => {
  const { operations, clock } = store;
  const terminal = { _id: id, status: { $in: TERMINAL } };
  const requested = {
    settled: false,
    compacted: false,
    ...RESTED,
    "recovery.state": "requested" as const,
    "recovery.at": clock.now(),
  };
  const again = await operations.updateOne(
    { ...terminal, "recovery.state": { $exists: true } },
    { $set: { ...requested, "recovery.failure": null } },
  );
  if (again.matchedCount === 0) {
    const recovery = { state: "requested" as const, at: clock.now(), legs: [], failure: null };
    const first = await operations.updateOne(
      { ...terminal, settled: true, "recovery.state": { $exists: false } },
      { $set: { settled: false, compacted: false, ...RESTED, recovery } },
    );
    // Another caller may have requested the recovery first. The operation's state then shows it.
    if (first.matchedCount === 0) {
      const found = await readOperation(store, id);
      return found?.recovery?.state === "requested" ? found : null;
    }
  }
  return readOperation(store, id);
};

/** Returns false if the lease is stale or no recovery is requested. */
export const writeRecovery = async (
  store: Store,
  id: string,
  lease: Lease,
  legs: readonly RecoveryLeg[],
  numbers: readonly number[],
): Promise<boolean> => {
  const { operations, decisive } = store;
  const held = { _id: id, ...heldBy(lease), "recovery.state": "requested" as const };
  const write = async (): Promise<boolean | null> => {
    for (let left = TRIES; left > 0; left -= 1) {
      const found = await operations.findOne(held, decisive);
      if (found === null) return null;
      const present = parseSteps(id, found.steps).filter(({ kind }) => kind === "recover");
      const added = numbers
        .filter((number) => present.every((step) => step.number !== number))
        .map((number) => newStep("recover", number));
      const before = parseOperation(found).recovery?.legs ?? [];
      // Another call, or the driver's own first try, may already have added a step. We must not overwrite it.
      const unwritten = added.map((step) => ({ [`steps.${keyOf(step.kind, step.leg)}`]: { $exists: true } }));
      const fields = Object.fromEntries(added.map((step) => [`steps.${keyOf(step.kind, step.leg)}`, step]));
      const { matchedCount } = await operations.updateOne(
        unwritten.length === 0 ? held : { ...held, $nor: unwritten },
        {
          $set: { ...fields, "recovery.legs": mergeLegs(before, legs).map(plainLeg) },
          $inc: { openSteps: added.length },
        },
      );
      if (matchedCount === 1) return true;
    }
    return null;
  };
  return (await fenced(store, id, lease, write)) ?? false;
};

/** Returns false if the lease is stale or no recovery was ever requested. */
export const changeRecovery = async (
  store: Store,
  id: string,
  lease: Lease,
  { state, failure }: Pick<Recovery, "state" | "failure">,
): Promise<boolean> => {
  const write = async (): Promise<true | null> => {
    const { matchedCount } = await store.operations.updateOne(
      { _id: id, ...heldBy(lease), "recovery.state": { $exists: true } },
      {
        $set: {
          "recovery.state": state,
          "recovery.at": store.clock.now(),
          "recovery.failure": failure ?? null,
          ...RESTED,
        },
      },
    );
    return matchedCount === 1 ? true : null;
  };
  return (await fenced(store, id, lease, write)) ?? false;
};
