/** Reads an operation's numbered events live: each once and in order, after the last one that was received. */
import { useEffect, useState } from "preact/hooks";
import { get } from "./request.ts";
import type { OperationEvent } from "./types.ts";

/**
 * `live`: the stream is open. `waiting`: the connection was lost or the page is hidden; the stream resumes at the same
 * position.
 */
export type StreamState = "waiting" | "live" | "ended";

type Listener = { onEvents: (events: OperationEvent[]) => void; onState: (state: StreamState) => void };

const TYPES = ["phase", "leg", "fund", "review", "recover", "incident", "result"] as const;
const RETRY_MS = 2_000;
const PER_READ = 500;
/** Events of this time, ms, are shown together: drawing an operation of 1,000 legs takes about as long. */
const BURST_MS = 250;

/**
 * Follows the stream while the page is visible, because a browser opens only six connections to one server over all its
 * tabs.
 *
 * @returns a function that stops the stream
 */
function follow(id: string, after: number, { onEvents, onState }: Listener): () => void {
  let last = after;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // 1,000 legs land in a burst. One render serves all events of a moment.
  const heard: OperationEvent[] = [];
  let burst: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(burst);
    burst = undefined;
    if (heard.length > 0) onEvents(heard.splice(0));
  };

  const close = (state: StreamState): void => {
    source?.close();
    source = null;
    clearTimeout(timer);
    flush();
    onState(state);
  };
  const hear = ({ data }: MessageEvent<string>): void => {
    const event = JSON.parse(data) as OperationEvent;
    if (event.seq <= last) return;
    last = event.seq;
    heard.push(event);
    burst ??= setTimeout(flush, BURST_MS);
  };
  const open = (): void => {
    close("waiting");
    if (document.visibilityState !== "visible") return;
    source = new EventSource(`/v1/operations/${encodeURIComponent(id)}/events?after=${last}`);
    source.onopen = () => onState("live");
    for (const type of TYPES) source.addEventListener(type, hear);
    // The browser would reconnect with the `after` of this URL. We reconnect with the number of the last event instead.
    source.onerror = () => {
      close("waiting");
      timer = setTimeout(open, RETRY_MS);
    };
  };
  open();
  document.addEventListener("visibilitychange", open);
  return () => {
    document.removeEventListener("visibilitychange", open);
    close("ended");
  };
}

/** Reads all events after one that exist now. */
async function readAll(id: string, from: number, signal: AbortSignal): Promise<OperationEvent[]> {
  const all: OperationEvent[] = [];
  for (;;) {
    const after = all.at(-1)?.seq ?? from;
    const path = `/v1/operations/${encodeURIComponent(id)}/events?after=${after}&limit=${PER_READ}`;
    const { events } = await get<{ events: OperationEvent[] }>(path, signal);
    all.push(...events);
    if (events.length < PER_READ) return all;
  }
}

type Events = {
  readonly events: OperationEvent[];
  readonly state: StreamState;
  /** Whether the events until now were read, or the first read of them has failed. */
  readonly areRead: boolean;
};

/**
 * Returns the events of an operation, and the state of their stream.
 *
 * @param id of a component that is created anew for each operation
 * @param live null if it is not known yet whether the operation is under way
 * @param round a new value after each read of the operation. The stream ends with the operation, but a review and a
 * return of funds may follow; we then read their events
 */
export function useEvents(id: string, live: boolean | null, round: unknown): Events {
  const [events, setEvents] = useState<OperationEvent[]>([]);
  const [areRead, setAreRead] = useState(false);
  const [state, setState] = useState<StreamState>("waiting");
  const last = events.at(-1)?.seq ?? 0;
  const add = (more: OperationEvent[]): void =>
    setEvents((before) => {
      const seen = before.at(-1)?.seq ?? 0;
      const unseen = more.filter(({ seq }) => seq > seen);
      return unseen.length === 0 ? before : [...before, ...unseen];
    });
  useEffect(() => {
    const stop = new AbortController();
    const read = (): void => setAreRead(true);
    readAll(id, 0, stop.signal)
      .then(add, () => undefined)
      .then(read);
    return () => stop.abort();
  }, [id]);
  useEffect(() => {
    if (!areRead) return;
    if (live) return follow(id, last, { onEvents: add, onState: setState });
    if (live === false) setState("ended");
  }, [id, live, areRead]);
  useEffect(() => {
    if (live !== false || !areRead) return;
    const stop = new AbortController();
    // The page's other requests show a problem, so we ignore it here.
    readAll(id, last, stop.signal).then(add, () => undefined);
    return () => stop.abort();
  }, [id, live, round]);
  return { events, state, areRead };
}
