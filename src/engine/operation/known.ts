/**
 * Remembers the legs and steps that a run has read or written, so that the run reads them once.
 *
 * Only the holder of the user's lease changes them, with one exception: the settler makes landed steps final. A run
 * changes no landed step, so it does not need that news. Every write is still a compare-and-set in the journal: a run
 * that has lost its lease, and remembers old steps, can write nothing (R5).
 */
import type { Anchor, Insertion, Journal, Lease, Leg, NewLeg, Ports, Step, StepKind } from "../ports.ts";

type Learn<Item, Answer> = (items: readonly Item[], answer: Answer) => readonly Item[] | null;

/** A list of an operation, as the run knows it. */
type Known<Item> = {
  read(): Promise<Item[]>;
  /**
   * Runs a write of the list.
   *
   * @param learn returns the list after the write; null if the next read has to ask the journal
   */
  write<Answer>(work: () => Promise<Answer>, learn?: Learn<Item, Answer>): Promise<Answer>;
};

export function remember<Item>(fetch: () => Promise<readonly Item[]>): Known<Item> {
  let items: readonly Item[] | null = null;
  let writes = 0;
  return {
    async read() {
      if (items !== null) return [...items];
      const before = writes;
      const fetched = await fetch();
      // If a write has ended meanwhile, this read may be older than the write.
      if (writes === before) items = fetched;
      return [...fetched];
    },
    async write(work, learn = () => null) {
      try {
        const answer = await work();
        items = items && learn(items, answer);
        return answer;
      } catch (error) {
        items = null; // The write may or may not have happened.
        throw error;
      } finally {
        writes += 1;
      }
    },
  };
}

/** The settler may have changed the step after our write, so an older version never replaces a newer one. */
const withStep: Learn<Step, Step | null> = (steps, changed) =>
  changed && steps.map((step) => (step.id === changed.id && step.version < changed.version ? changed : step));

const withInserted: Learn<Step, Insertion> = (steps, answer) =>
  answer.outcome === "inserted" ? withStep(steps, answer.step) : null;

const withAnchors = (anchors: readonly Anchor[]): Learn<Leg, boolean> => {
  const tokensOf = new Map(anchors.map(({ leg, tokens }) => [leg, tokens]));
  return (legs, isWritten) =>
    isWritten
      ? legs.map((leg) => {
          const leastTokens = leg.leastTokens ?? tokensOf.get(leg.index);
          return leastTokens === undefined ? leg : { ...leg, leastTokens };
        })
      : null;
};

/**
 * A plan is written once. If there was none under this lease, and the lease was still ours when we wrote (the journal's
 * fence says so), then the plan in the journal is the one that we wrote.
 */
const withPlan =
  <Item>(planned: () => Item[]): Learn<Item, boolean> =>
  (known, isWritten) =>
    isWritten && known.length === 0 ? planned() : null;

/** The steps of a new plan. */
export const plannedSteps = (operationId: string, legs: readonly NewLeg[], kind: StepKind): Step[] =>
  inOrder(legs).map(({ index: number }) => ({
    id: `${operationId}.${kind}.${number}`,
    operationId,
    kind,
    number,
    status: "ready",
    version: 1,
    attempts: [],
  }));

/** The legs of a new plan. */
export const plannedLegs = (legs: readonly NewLeg[]): Leg[] =>
  inOrder(legs).map(({ index, walletId, address, lamports, tokensBefore }) => ({
    index,
    walletId,
    address,
    lamports,
    tokensBefore,
  }));

const inOrder = (legs: readonly NewLeg[]): NewLeg[] => [...legs].sort((a, b) => a.index - b.index);

function remembering(journal: Journal, id: string): Journal {
  const legs = remember(() => journal.readLegs(id));
  const steps = remember(() => journal.readSteps(id));
  const own: Partial<Journal> = {
    readLegs: (of) => (of === id ? legs.read() : journal.readLegs(of)),
    readSteps: (of) => (of === id ? steps.read() : journal.readSteps(of)),
    insertAttempt: (...given) => steps.write(() => journal.insertAttempt(...given), withInserted),
    changeStep: (...given) => steps.write(() => journal.changeStep(...given), withStep),
    writePlan: (of, lease, planned, kind = "buy") =>
      legs.write(
        () =>
          steps.write(
            () => journal.writePlan(of, lease, planned, kind),
            withPlan(() => plannedSteps(of, planned, kind)),
          ),
        withPlan(() => plannedLegs(planned)),
      ),
    writeFunding: (...given) => steps.write(() => journal.writeFunding(...given)),
    writeRecovery: (...given) => steps.write(() => journal.writeRecovery(...given)),
    anchorLegs: (of, lease: Lease, anchors) =>
      legs.write(() => journal.anchorLegs(of, lease, anchors), withAnchors(anchors)),
    writeTokensReceived: (...given) => legs.write(() => journal.writeTokensReceived(...given)),
  };
  return Object.assign(Object.create(journal) as Journal, own);
}

/** Returns the ports of one run of one operation under one lease. */
export const withMemory = (ports: Ports, id: string): Ports => ({
  ...ports,
  journal: remembering(ports.journal, id),
});
