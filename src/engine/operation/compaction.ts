/**
 * Decides which events of a finished operation are kept for good: its phases and results, every decision of a person,
 * every incident, and the last event of each leg, funding and return, which says how it ended. The steps and
 * attempts, which stay, contain the history between these events.
 */
import type { Compaction, StoredEvent } from "../ports.ts";

/** The subject whose last event is kept; null for an event that is always kept. */
const subjectOf = (event: StoredEvent): string | null => {
  switch (event.type) {
    case "leg":
    case "recover":
      return `${event.type} ${event.leg}`;
    case "fund":
      return `fund ${event.batch}`;
    case "phase":
    case "review":
    case "incident":
    case "result":
      return null;
  }
};

/** @param events all events of the operation, in order; those from `before` on are kept */
export function compact(events: readonly StoredEvent[], before: Date): Compaction {
  const last = new Map<string, number>();
  for (const event of events) {
    const subject = subjectOf(event);
    if (subject !== null) last.set(subject, event.seq);
  }
  const kept = events.filter((event) => {
    const subject = subjectOf(event);
    return event.at >= before || subject === null || last.get(subject) === event.seq;
  });
  const staying = new Set(kept.map(({ seq }) => seq));
  return {
    dropped: events.map(({ seq }) => seq).filter((seq) => !staying.has(seq)),
    marks: kept
      .map(({ seq }, at) => ({ seq, compacted: seq - (kept[at - 1]?.seq ?? 0) - 1 }))
      .filter(({ compacted }) => compacted > 0),
  };
}
