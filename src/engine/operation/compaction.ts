/**
 * Which events of a finished operation are worth keeping for good: its phases and results, every decision of a person, every incident, and
 * of each leg, funding and return the last one, which says how it ended. What lies between is told by the steps and
 * attempts, which stay.
 */
import type { Compaction, StoredEvent } from "../ports.ts";

/** What the last event of a kind is about; null for what is kept in any case. */
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

/** @param events all that there are, in order; those from `before` on stay as they are */
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
