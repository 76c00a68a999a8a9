/**
 * Combines journal calls that the legs of one operation make at the same moment into one round trip, a wave: inserts
 * of attempts, changes of steps, events with the progress, and reads of the halt and of a cancellation.
 *
 * Each caller gets its result only after the journal has returned. Every rule for one write therefore also holds for
 * a wave ([ADR 28](../../../docs/adr/0028-waves.md)).
 */
import type { Clock, Journal, Lease, OperationEvent, Ports, StoredEvent } from "../ports.ts";

/**
 * The most steps of one wave. All transactions of a wave are sent after it. At 10 calls a second, 64 sends take 6 s,
 * a fifth of the shortest life of a blockhash. `parallelism` is normally less.
 */
const MOST = 64;

type Waiting<Ask, Answer> = {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Combines the calls of one moment, or of the time while the previous wave is running, into one wave. Waves run one
 * at a time, in order.
 */
export function createWaves<Ask, Answer>(
  clock: Clock,
  write: (asks: readonly Ask[]) => Promise<readonly Answer[]>,
  most = MOST,
): (ask: Ask) => Promise<Answer> {
  const waiting: Waiting<Ask, Answer>[] = [];
  let isUnderWay = false;
  const drain = async (): Promise<void> => {
    isUnderWay = true;
    // Callers that are already running, and wait for no I/O, join this wave.
    await clock.sleep(0);
    while (waiting.length > 0) {
      const wave = waiting.splice(0, most);
      try {
        const answers = await write(wave.map(({ ask }) => ask));
        for (const [at, { resolve }] of wave.entries()) resolve(answers[at] as Answer);
      } catch (error) {
        for (const { reject } of wave) reject(error);
      }
    }
    isUnderWay = false;
  };
  return (ask) =>
    new Promise((resolve, reject) => {
      waiting.push({ ask, resolve, reject });
      if (!isUnderWay) void drain();
    });
}

/**
 * Shares one read between all callers of one moment. The read starts after their calls, so its result is never older
 * than a call.
 */
export function createSharedRead<Value>(clock: Clock, read: () => Promise<Value>): () => Promise<Value> {
  let next: Promise<Value> | null = null;
  return () => {
    next ??= clock.sleep(0).then(() => {
      next = null;
      return read();
    });
    return next;
  };
}

/** An event, or a progress that is written with the events of its wave. */
type Written = { readonly event: OperationEvent } | { readonly progress: number };

async function write(
  journal: Journal,
  id: string,
  lease: Lease,
  written: readonly Written[],
): Promise<(StoredEvent | boolean)[]> {
  const events = written.flatMap((one) => ("event" in one ? [one.event] : []));
  const risen = written.flatMap((one) => ("progress" in one ? [one.progress] : []));
  const progress = risen.length === 0 ? undefined : { lease, progress: Math.max(...risen) };
  if (events.length === 0) {
    const changed = await journal.changeOperation(id, lease, { progress: progress?.progress ?? 0 });
    return written.map(() => changed);
  }
  const stored = await journal.appendEvents(id, events, progress);
  let next = 0;
  return written.map((one) => {
    // Events are stored without a lease, so we do not learn here whether it is stale. No caller needs this answer: a
    // run notices a lost lease at its next change of a step (R5).
    if (!("event" in one)) return true;
    next += 1;
    return stored[next - 1] as StoredEvent;
  });
}

/** Returns a journal for one run of one operation under one lease. */
function gathered({ journal, clock }: Pick<Ports, "journal" | "clock">, id: string, lease: Lease): Journal {
  const readHalt = createSharedRead(clock, () => journal.readHalt());
  const readOperation = createSharedRead(clock, () => journal.readOperation(id));
  const insert = createWaves(clock, (asks: Parameters<Journal["insertAttempts"]>[1]) =>
    journal.insertAttempts(lease, asks),
  );
  const change = createWaves(clock, (asks: Parameters<Journal["changeSteps"]>[1]) =>
    journal.changeSteps(lease, asks),
  );
  const note = createWaves(clock, (asks: readonly Written[]) => write(journal, id, lease, asks));
  const own: Partial<Journal> = {
    readHalt,
    readOperation: (of) => (of === id ? readOperation() : journal.readOperation(of)),
    insertAttempt: (stepId, expectedVersion, by, attempt) =>
      by === lease
        ? insert({ stepId, expectedVersion, attempt })
        : journal.insertAttempt(stepId, expectedVersion, by, attempt),
    changeStep: (stepId, expectedVersion, by, wanted) =>
      by === lease
        ? change({ stepId, expectedVersion, change: wanted })
        : journal.changeStep(stepId, expectedVersion, by, wanted),
    appendEvent: async (of, event) =>
      of === id ? ((await note({ event })) as StoredEvent) : journal.appendEvent(of, event),
    async changeOperation(of, by, wanted) {
      const { progress, ...others } = wanted;
      const isProgress = progress !== undefined && Object.keys(others).length === 0;
      return of === id && by === lease && isProgress
        ? ((await note({ progress })) as boolean)
        : journal.changeOperation(of, by, wanted);
    },
  };
  return Object.assign(Object.create(journal) as Journal, own);
}

/** Returns the ports of one run, whose writes are combined into waves. */
export const inWaves = (ports: Ports, id: string, lease: Lease): Ports => ({
  ...ports,
  journal: gathered(ports, id, lease),
});
