/** Stores operations, their events and their decisions in memory. */
import {
  type Due,
  type Journal,
  type Lease,
  type Leg,
  MOST_DECISIONS,
  type NewOperation,
  type Operation,
  type OperationChange,
  type OperationEvent,
  type OperationFilter,
  type StoredEvent,
} from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { BEGUN_AT_MOST, CLOSED_STEPS, FINISHED, OPEN, TERMINAL } from "../statuses.ts";
import { encodeDecision } from "../stored-decision.ts";
import { hashRequest } from "../stored-request.ts";
import { withoutNulls } from "../without-nulls.ts";
import { isFenced } from "./leases.ts";
import type { OperationRecord, State } from "./state.ts";

type Methods = Pick<
  Journal,
  | "createOperation"
  | "findAccepted"
  | "readOperation"
  | "listOperations"
  | "listNext"
  | "listDueUsers"
  | "postponeOperation"
  | "listUnsettled"
  | "requestCancel"
  | "beginOperation"
  | "changeOperation"
  | "markSettled"
  | "requestRecovery"
  | "changeRecovery"
  | "appendEvent"
  | "appendEvents"
  | "readEvents"
  | "appendDecision"
  | "readDecisions"
  | "listCompactable"
  | "compactEvents"
>;

const append = (state: State, id: string, event: OperationEvent): StoredEvent => {
  const record = state.operations.get(id);
  if (record === undefined) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  const stored = { ...event, seq: (record.events.at(-1)?.seq ?? 0) + 1, at: state.now() };
  record.events.push(stored);
  return stored;
};

const change = (state: State, id: string, lease: Lease, wanted: OperationChange): boolean => {
  const record = state.operations.get(id);
  if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
  if (TERMINAL.includes(record.operation.status)) return false;
  record.operation = changed(state, record.operation, wanted);
  return true;
};

const findFirst = (
  state: State,
  { id, request, idempotencyKey }: NewOperation,
): OperationRecord | undefined =>
  [...state.operations.values()].find(
    ({ operation }) =>
      idempotencyKey !== undefined &&
      operation.idempotencyKey === idempotencyKey &&
      operation.request.userId === request.userId,
  ) ?? state.operations.get(id);

const findAccepted = (state: State, given: NewOperation): Operation | null => {
  const first = findFirst(state, given);
  if (first === undefined) return null;
  if (first.requestHash === hashRequest(given.request)) return first.operation;
  throw new CTOError("CTO_E_IDEMPOTENCY_KEY_REUSED", {
    idempotencyKey: given.idempotencyKey ?? given.id,
    jobId: first.operation.id,
  });
};

const create = (state: State, given: NewOperation): { operation: Operation; created: boolean } => {
  const first = findAccepted(state, given);
  if (first !== null) return { operation: first, created: false };
  const { maxOpen, ...accepted } = given;
  const open = [...state.operations.values()].filter(
    ({ operation: { request, status } }) => request.userId === given.request.userId && OPEN.includes(status),
  ).length;
  if (maxOpen !== undefined && open >= maxOpen) {
    throw new CTOError("CTO_E_OPERATIONS_TOO_MANY", { userId: given.request.userId, limit: maxOpen });
  }
  const operation: Operation = {
    ...accepted,
    status: "waiting",
    cancelRequested: false,
    progress: 0,
    partial: false,
    settled: false,
    tries: 0,
    ...(given.request.notBefore === undefined ? {} : { notBefore: given.request.notBefore }),
    createdAt: state.now(),
  };
  state.operations.set(given.id, {
    operation,
    requestHash: hashRequest(given.request),
    legs: null,
    events: [],
    decisions: [],
    compacted: false,
  });
  return { operation, created: true };
};

const rested = <Value extends Operation>({ notBefore: _notBefore, ...operation }: Value) => ({
  ...operation,
  tries: 0,
});

const changed = (state: State, before: Operation, change: OperationChange): Operation => {
  const { status, progress, venue, detected, leftOut, tokenLabel, price, partial, failure } = change;
  // A new status without a failure removes an earlier failure: an operation that was completed after a review did not fail.
  const keep = status === undefined;
  return withoutNulls({
    ...(keep ? before : rested(before)),
    status: status ?? before.status,
    progress: Math.max(before.progress, progress ?? 0),
    venue: venue ?? before.venue ?? null,
    detected: detected ?? before.detected ?? null,
    leftOut: leftOut ?? before.leftOut ?? null,
    tokenLabel: tokenLabel ?? before.tokenLabel ?? null,
    price: price ?? before.price ?? null,
    partial: partial ?? before.partial,
    failure: failure ?? (keep ? before.failure : null) ?? null,
    finishedAt: (keep ? before.finishedAt : FINISHED.includes(status) ? state.now() : null) ?? null,
  }) as Operation;
};

const cancel = (state: State, before: Operation): Operation => {
  if (TERMINAL.includes(before.status)) return before;
  const marked = { ...before, cancelRequested: true };
  if (before.status !== "waiting") return marked;
  return { ...marked, status: "cancelled", settled: true, finishedAt: state.now() };
};

const matches = (
  { operation: { id, request, status, createdAt, incidents = [], recovery }, legs }: OperationRecord,
  filter: OperationFilter,
): boolean => {
  const { userId, statuses, tokenAddress, wallet, createdAfter, createdBefore, search } = filter;
  const { tag, reference } = filter;
  const { tags = [] } = request;
  const isNamed = (leg: Leg): boolean => leg.walletId === wallet || leg.address === wallet;
  return (
    (userId === undefined || request.userId === userId) &&
    (statuses === undefined || statuses.includes(status)) &&
    (tokenAddress === undefined || request.tokenAddress === tokenAddress) &&
    (wallet === undefined || (legs ?? []).some(isNamed)) &&
    (createdAfter === undefined || createdAt >= createdAfter) &&
    (createdBefore === undefined || createdAt < createdBefore) &&
    (filter.incidents === undefined || incidents.length > 0) &&
    (filter.recovery === undefined || recovery?.state === filter.recovery) &&
    (tag === undefined || tags.includes(tag)) &&
    (reference === undefined || request.reference === reference) &&
    (search === undefined ||
      id.startsWith(search) ||
      [request.tokenAddress, request.reference, ...tags].includes(search))
  );
};

const list = (state: State, filter: OperationFilter): Operation[] => {
  const all = [...state.operations.values()];
  const { before } = filter;
  const end = before === undefined ? all.length : all.findIndex(({ operation }) => operation.id === before);
  return all
    .slice(0, Math.max(end, 0))
    .filter((record) => matches(record, filter))
    .map(({ operation }) => operation)
    .reverse()
    .slice(0, filter.limit);
};

const isClosed = (state: State, operationId: string): boolean =>
  [...state.steps.values()].every(
    (step) => step.operationId !== operationId || CLOSED_STEPS.includes(step.status),
  );

const hasConfirmed = (state: State, id: string): boolean =>
  [...state.steps.values()].some(({ operationId, status }) => operationId === id && status === "confirmed");

/** Returns whether the operation has begun and is not at rest, or is due for another check. */
const isBegun = ({ status, finishedAt, recovery }: Operation, reviewedBefore: Date): boolean =>
  status === "active" ||
  (status === "needs_review" && finishedAt !== undefined && finishedAt <= reviewedBefore) ||
  recovery?.state === "requested" ||
  (recovery?.state === "needs_review" && recovery.at <= reviewedBefore);

const all = (state: State): Operation[] => [...state.operations.values()].map(({ operation }) => operation);

const next = (state: State, userId: string, { now, reviewedBefore }: Due): Operation[] => {
  const own = all(state).filter(({ request }) => request.userId === userId);
  const begun = own
    .filter((operation) => isBegun(operation, reviewedBefore))
    .sort((a, b) => (a.notBefore?.getTime() ?? 0) - (b.notBefore?.getTime() ?? 0))
    .slice(0, BEGUN_AT_MOST);
  const waiting = own.filter(({ status }) => status === "waiting");
  const isTimed = ({ notBefore }: Operation): boolean => notBefore !== undefined && notBefore > now;
  const [first] = waiting
    .filter((operation) => !isTimed(operation))
    .sort((a, b) => a.request.priority - b.request.priority);
  const [timed] = waiting
    .filter(isTimed)
    .sort((a, b) => (a.notBefore?.getTime() ?? 0) - (b.notBefore?.getTime() ?? 0));
  return own.filter((operation) => operation === first || operation === timed || begun.includes(operation));
};

const dueUsers = (state: State, { now, reviewedBefore }: Due, after: string, limit: number): string[] => {
  const due = all(state)
    .filter((operation) => operation.status === "waiting" || isBegun(operation, reviewedBefore))
    .filter(({ notBefore }) => notBefore === undefined || notBefore <= now)
    .map(({ request }) => request.userId);
  return [...new Set(due)]
    .filter((userId) => Buffer.compare(Buffer.from(userId), Buffer.from(after)) > 0)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, limit);
};

export const memoryOperations = (state: State): Methods => ({
  createOperation: async (given) => create(state, given),
  findAccepted: async (given) => findAccepted(state, given),
  readOperation: async (id) => state.operations.get(id)?.operation ?? null,
  listOperations: async (filter) => list(state, filter),
  listNext: async (userId, due) => next(state, userId, due),
  listDueUsers: async (due, after, limit) => dueUsers(state, due, after, limit),
  postponeOperation: async (id, lease, { tries, notBefore }) => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
    record.operation = { ...record.operation, tries, notBefore };
    return true;
  },
  listUnsettled: async (limit) =>
    [...state.operations.values()]
      .map(({ operation }) => operation)
      .filter(({ settled }) => !settled)
      .filter(
        ({ id, status, recovery }) =>
          (TERMINAL.includes(status) && recovery?.state !== "needs_review") ||
          (FINISHED.includes(status) && hasConfirmed(state, id)),
      )
      .slice(0, limit),
  requestCancel: async (id) => {
    const record = state.operations.get(id);
    if (record === undefined) return null;
    record.operation = cancel(state, record.operation);
    return record.operation.status;
  },
  beginOperation: async (id, lease) => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return null;
    if (record.operation.status === "waiting") {
      record.operation = { ...record.operation, status: "active", startedAt: state.now() };
    }
    return record.operation;
  },
  changeOperation: async (id, lease, wanted) => change(state, id, lease, wanted),
  markSettled: async (id) => {
    const record = state.operations.get(id);
    if (record === undefined || !TERMINAL.includes(record.operation.status) || !isClosed(state, id)) return;
    if (record.operation.recovery?.state === "requested") return;
    record.operation = { ...record.operation, settled: true };
  },
  requestRecovery: async (id) => {
    const record = state.operations.get(id);
    if (record === undefined || !TERMINAL.includes(record.operation.status)) return null;
    const { recovery, settled } = record.operation;
    if (!settled && recovery === undefined) return null;
    const requested = { state: "requested", at: state.now(), legs: recovery?.legs ?? [] } as const;
    record.operation = { ...rested(record.operation), settled: false, recovery: requested };
    record.compacted = false;
    return record.operation;
  },
  changeRecovery: async (id, lease, { state: to, failure }) => {
    const record = state.operations.get(id);
    if (record === undefined || !isFenced(state, lease, record.operation.request.userId)) return false;
    const { recovery } = record.operation;
    if (recovery === undefined) return false;
    const changed = withoutNulls({
      state: to,
      at: state.now(),
      legs: recovery.legs,
      failure: failure ?? null,
    });
    record.operation = { ...rested(record.operation), recovery: changed };
    return true;
  },
  appendEvent: async (id, event) => append(state, id, event),
  appendEvents: async (id, events, progress) => {
    const stored = events.map((event) => append(state, id, event));
    if (progress !== undefined) change(state, id, progress.lease, { progress: progress.progress });
    return stored;
  },
  readEvents: async (id, after, limit) =>
    (state.operations.get(id)?.events ?? []).filter(({ seq }) => seq > after).slice(0, limit),
  appendDecision: async (id, decision) => {
    const decisions = state.operations.get(id)?.decisions;
    const last = decisions?.findLast(({ step }) => step === decision.step);
    if (decisions === undefined || decisions.length >= MOST_DECISIONS) return false;
    if (last !== undefined && encodeDecision(last) === encodeDecision(decision)) return false;
    decisions.push({ ...decision, at: state.now() });
    return true;
  },
  readDecisions: async (id) => [...(state.operations.get(id)?.decisions ?? [])],
  listCompactable: async (before, after, limit) =>
    [...state.operations.values()]
      .filter(({ compacted }) => !compacted)
      .map(({ operation }) => operation)
      .filter(({ settled, finishedAt }) => settled && finishedAt !== undefined && finishedAt < before)
      .filter(({ id }) => id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit),
  compactEvents: async (id, { dropped, marks }) => {
    const record = state.operations.get(id);
    if (record === undefined) return;
    const gone = new Set(dropped);
    const missing = new Map(marks.map(({ seq, compacted }) => [seq, compacted]));
    record.events = record.events
      .filter(({ seq }) => !gone.has(seq))
      .map((event) => {
        const compacted = missing.get(event.seq);
        return compacted === undefined ? event : { ...event, compacted };
      });
    if (record.operation.settled) record.compacted = true;
  },
});
