/** Stores plans, steps and attempts in memory. */
import {
  hasLanded,
  type Journal,
  type Lease,
  type Leg,
  type NewAttempt,
  type NewLeg,
  type Operation,
  STEP_KINDS,
  type Step,
  type StepChange,
  type StepKind,
  type Tally,
} from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { withChange, withInserted, withLandingTakenBack } from "../next-step.ts";
import { FINISHED } from "../statuses.ts";
import { mergeLegs } from "../stored-recovery.ts";
import { withoutNulls } from "../without-nulls.ts";
import { isFenced } from "./leases.ts";
import type { OperationRecord, State } from "./state.ts";

type Methods = Pick<
  Journal,
  | "writePlan"
  | "writeFunding"
  | "anchorLegs"
  | "writeRecovery"
  | "readLegs"
  | "tallyLegs"
  | "readSteps"
  | "readStep"
  | "writeTokensReceived"
  | "recordIncident"
  | "insertAttempt"
  | "insertAttempts"
  | "changeStep"
  | "changeSteps"
  | "reopenStep"
>;

/** Counts the plan's own steps: the buys, or the returns of a sweep, which has no buys. */
function tallyOf(state: State, id: string, legs: readonly Leg[]): Tally {
  const all = [...state.steps.values()].filter(({ operationId }) => operationId === id);
  const kind = all.some((step) => step.kind === "buy") ? "buy" : "recover";
  const done = new Set(
    all.filter((step) => step.kind === kind && hasLanded(step.status)).map(({ number }) => number),
  );
  const landed = legs.filter(({ index }) => done.has(index));
  return {
    legs: legs.length,
    landed: landed.length,
    landedLamports: landed.reduce((sum, { lamports }) => sum + lamports, 0n),
  };
}

const addStep = (state: State, operationId: string, kind: StepKind, number: number): void => {
  const id = `${operationId}.${kind}.${number}`;
  state.steps.set(id, { id, operationId, kind, number, status: "ready", version: 1, attempts: [] });
};

const plan = (
  state: State,
  id: string,
  record: OperationRecord,
  legs: readonly NewLeg[],
  kind: StepKind,
): void => {
  record.legs = [...legs].sort((a, b) => a.index - b.index);
  for (const { index } of record.legs) addStep(state, id, kind, index);
};

const planFunding = (state: State, id: string, batches: number): void => {
  if (state.steps.has(`${id}.fund.1`)) return;
  for (let batch = 1; batch <= batches; batch += 1) addStep(state, id, "fund", batch);
};

/** Returns the operation of this step, if the lease may write to it. */
const fencedOperation = (state: State, step: Step | undefined, lease: Lease): OperationRecord | null => {
  const record = step && state.operations.get(step.operationId);
  return record && isFenced(state, lease, record.operation.request.userId) ? record : null;
};

const insert = (
  state: State,
  stepId: string,
  expectedVersion: number,
  lease: Lease,
  attempt: NewAttempt,
): Awaited<ReturnType<Journal["insertAttempt"]>> => {
  const step = state.steps.get(stepId);
  const record = fencedOperation(state, step, lease);
  if (step === undefined || record === null) return { outcome: "stale" };
  const isKept = step.kind === "recover" || attempt.found === true;
  if (record.operation.cancelRequested && !isKept) return { outcome: "cancelled" };
  const after = step.version === expectedVersion ? withInserted(step, attempt, state.now()) : null;
  if (after === null) return { outcome: "stale" };
  if (state.signatures.has(attempt.signature)) {
    throw new CTOError("CTO_E_INTERNAL", { reason: `signature ${attempt.signature} is journaled already` });
  }
  state.signatures.add(attempt.signature);
  state.steps.set(stepId, after);
  return { outcome: "inserted", step: after };
};

const replace = (state: State, after: Step | null): Step | null => {
  if (after !== null) state.steps.set(after.id, after);
  return after;
};

const change = (
  state: State,
  stepId: string,
  expectedVersion: number,
  lease: Lease | null,
  wanted: StepChange,
): Step | null => {
  const step = state.steps.get(stepId);
  if (step === undefined || step.version !== expectedVersion) return null;
  if (lease !== null && fencedOperation(state, step, lease) === null) return null;
  return replace(state, withChange(step, wanted));
};

const reopen = (state: State, step: Step): Step | null => {
  const record = state.operations.get(step.operationId);
  const after = withLandingTakenBack(step);
  if (record === undefined || after === null) return null;
  const before = record.operation;
  if (step.kind === "recover") {
    const { legs = [], ...kept } = before.recovery ?? {};
    const recovery = { ...kept, state: "requested", at: state.now(), legs } as const;
    record.operation = { ...before, settled: false, recovery };
    return replace(state, after);
  }
  const finished = FINISHED.includes(before.status);
  record.operation = withoutNulls({
    ...before,
    settled: false,
    status: finished ? ("active" as const) : before.status,
    failure: (finished ? null : before.failure) ?? null,
    finishedAt: null,
  }) as Operation;
  return replace(state, after);
};

const inOrder = (a: Step, b: Step): number =>
  a.number - b.number || STEP_KINDS.indexOf(a.kind) - STEP_KINDS.indexOf(b.kind);

export const memorySteps = (state: State): Methods => ({
  writePlan: async (id, lease, legs, kind = "buy") => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
    if (record.legs === null) plan(state, id, record, legs, kind);
    return true;
  },
  writeFunding: async (id, lease, batches) => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
    planFunding(state, id, batches);
    return true;
  },
  anchorLegs: async (id, lease, anchors) => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
    const tokens = new Map(anchors.map((anchor) => [anchor.leg, anchor.tokens]));
    record.legs = (record.legs ?? []).map((leg) => {
      const leastTokens = leg.leastTokens ?? tokens.get(leg.index);
      return leastTokens === undefined ? leg : { ...leg, leastTokens };
    });
    return true;
  },
  writeRecovery: async (id, lease, legs, steps) => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
    const { recovery } = record.operation;
    if (recovery?.state !== "requested") return false;
    record.operation = {
      ...record.operation,
      recovery: { ...recovery, legs: mergeLegs(recovery.legs, legs) },
    };
    for (const leg of steps) if (!state.steps.has(`${id}.recover.${leg}`)) addStep(state, id, "recover", leg);
    return true;
  },
  readLegs: async (id) => [...(state.operations.get(id)?.legs ?? [])],
  tallyLegs: async (ids) =>
    new Map(
      ids.flatMap((id) => {
        const legs = state.operations.get(id)?.legs ?? [];
        return legs.length === 0 ? [] : [[id, tallyOf(state, id, legs)]];
      }),
    ),
  readSteps: async (id) => [...state.steps.values()].filter((step) => step.operationId === id).sort(inOrder),
  readStep: async (stepId) => state.steps.get(stepId) ?? null,
  writeTokensReceived: async (id, received) => {
    const record = state.operations.get(id);
    const tokens = new Map(received.map(({ leg, tokens }) => [leg, tokens]));
    if (!record?.legs) return;
    record.legs = record.legs.map((leg) => {
      const tokensReceived = tokens.get(leg.index);
      return tokensReceived === undefined ? leg : { ...leg, tokensReceived };
    });
  },
  recordIncident: async (id, incident) => {
    const record = state.operations.get(id);
    const incidents = record?.operation.incidents ?? [];
    if (record === undefined || incidents.some(({ leg }) => leg === incident.leg)) return false;
    const all = [...incidents, incident].sort((a, b) => a.leg - b.leg);
    record.operation = { ...record.operation, incidents: all };
    return true;
  },
  insertAttempt: async (stepId, version, lease, attempt) => insert(state, stepId, version, lease, attempt),
  insertAttempts: async (lease, attempts) =>
    attempts.map(({ stepId, expectedVersion, attempt }) =>
      insert(state, stepId, expectedVersion, lease, attempt),
    ),
  changeStep: async (stepId, version, lease, wanted) => change(state, stepId, version, lease, wanted),
  changeSteps: async (lease, changes) =>
    changes.map(({ stepId, expectedVersion, change: wanted }) =>
      change(state, stepId, expectedVersion, lease, wanted),
    ),
  reopenStep: async (stepId, expectedVersion) => {
    const step = state.steps.get(stepId);
    return step === undefined || step.version !== expectedVersion ? null : reopen(state, step);
  },
});
