/**
 * Delivers the new events of operations to the listeners of this process. Any process may write the events.
 *
 * One reader of the journal per operation serves all its listeners in this process. The queue's wake-ups only make
 * the reader read earlier.
 */
import type { Journal, StoredEvent } from "../engine/ports.ts";
import type { WakeUps } from "./queues.ts";

/** The most events of one read, and so the most that a listener receives at once. */
const EVENTS_PER_READ = 200;

/**
 * A wake-up may be lost, so we read the journal again after a pause, ms. The pause doubles after each rest, and
 * starts again from this value after a read that returned events.
 */
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_AT_MOST_MS = 8_000;

export type FeedListener = {
  /**
   * Receives consecutive events, in order, each once. We ignore what it throws, so that the other listeners still
   * receive their events.
   */
  onEvents(events: readonly StoredEvent[]): void;
  /** Called after a read that returned no further event. */
  onQuiet?(): void;
  /**
   * While it returns false, we read nothing for this listener. The listener calls `resume` when it is ready again.
   * Default: always true.
   */
  isReady?(): boolean;
  /** Called once if the feeds are closed before `stop`, or were closed before. No event follows. */
  onClosed?(): void;
};

export type Following = { resume(): void; stop(): void };

export type EventFeeds = {
  /**
   * Reports the operation's events with a number greater than `after`. An outage of the journal or the queue delays
   * events, but loses none.
   */
  follow(operationId: string, after: number, listener: FeedListener): Following;
  /** The number of operations that have a reader. */
  readonly size: number;
  close(): Promise<void>;
};

type Entry = { seen: number; readonly listener: FeedListener };

const isReady = ({ listener }: Entry): boolean => listener.isReady?.() ?? true;

/**
 * Returns the events up to the first gap that no compaction explains. We read the events after such a gap again, once
 * the gap is filled.
 */
const consecutive = (events: readonly StoredEvent[], after: number): readonly StoredEvent[] => {
  const gap = events.findIndex(
    ({ seq, compacted = 0 }, at) => seq - compacted > (events[at - 1]?.seq ?? after) + 1,
  );
  return gap === -1 ? events : events.slice(0, gap);
};

/** The one reader of an operation's events. */
class Feed {
  readonly #id: string;
  readonly #journal: Pick<Journal, "readEvents">;
  readonly #entries = new Set<Entry>();
  #woken = false;
  #endRest: () => void = () => undefined;
  #restMs = LOOK_AGAIN_MS;

  constructor(id: string, journal: Pick<Journal, "readEvents">) {
    this.#id = id;
    this.#journal = journal;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    this.wake();
  }

  /** Returns true if no listener is left. */
  delete(entry: Entry): boolean {
    this.#entries.delete(entry);
    if (this.#entries.size === 0) this.wake();
    return this.#entries.size === 0;
  }

  readonly wake = (): void => {
    this.#woken = true;
    this.#endRest();
  };

  /** Runs until no listener is left. */
  async run(): Promise<void> {
    while (this.#entries.size > 0) {
      this.#woken = false;
      // If the journal is away or the answer cannot be read, we read again after a pause.
      const came = await this.#look().catch(() => false);
      if (came) {
        this.#restMs = LOOK_AGAIN_MS;
        continue;
      }
      await this.#rest();
      this.#restMs = Math.min(this.#restMs * 2, LOOK_AGAIN_AT_MOST_MS);
    }
  }

  /**
   * Reads for the listener that is furthest behind. The same read serves the listeners that are at or past its start.
   */
  async #look(): Promise<boolean> {
    const ready = [...this.#entries].filter(isReady);
    if (ready.length === 0) return false;
    const from = Math.min(...ready.map(({ seen }) => seen));
    const events = consecutive(await this.#journal.readEvents(this.#id, from, EVENTS_PER_READ), from);
    for (const entry of [...this.#entries]) {
      // The next read serves a listener that was added during this read and begins earlier.
      if (entry.seen >= from && this.#entries.has(entry) && isReady(entry)) serve(entry, events);
    }
    return events.length > 0;
  }

  #rest(): Promise<void> {
    if (this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#restMs);
      this.#endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function serve(entry: Entry, events: readonly StoredEvent[]): void {
  const { listener } = entry;
  const news = events.filter(({ seq }) => seq > entry.seen);
  entry.seen = news.at(-1)?.seq ?? entry.seen;
  try {
    if (news.length > 0) listener.onEvents(news);
    else if (events.length === 0) listener.onQuiet?.();
  } catch {
    // A listener's error must not affect the other listeners.
  }
}

/**
 * Creates the feeds. Opens no connection before the first `follow`.
 * @example
 * const { stop } = feeds.follow(operationId, 0, { onEvents: (events) => console.log(events) });
 */
export function createEventFeeds(
  journal: Pick<Journal, "readEvents">,
  wakeUps: () => Pick<WakeUps, "on">,
): EventFeeds {
  const feeds = new Map<string, Feed>();
  const runs = new Set<Promise<void>>();
  const followings = new Map<Following, FeedListener>();
  let isClosed = false;
  const open = (id: string): Feed => {
    const feed = new Feed(id, journal);
    feeds.set(id, feed);
    const unhear = wakeUps().on(id, feed.wake);
    // Start one microtask later, when the feed has its first listener.
    const run = Promise.resolve()
      .then(() => feed.run())
      .finally(() => {
        unhear();
        runs.delete(run);
      });
    runs.add(run);
    return feed;
  };
  return {
    follow(id, after, listener) {
      if (isClosed) {
        listener.onClosed?.();
        return { resume: () => undefined, stop: () => undefined };
      }
      const entry = { seen: after, listener };
      const feed = feeds.get(id) ?? open(id);
      feed.add(entry);
      const following: Following = {
        resume: feed.wake,
        stop() {
          followings.delete(following);
          // A reader without listeners ends. The next listener gets a new reader.
          if (feed.delete(entry) && feeds.get(id) === feed) feeds.delete(id);
        },
      };
      followings.set(following, listener);
      return following;
    },
    get size() {
      return feeds.size;
    },
    async close() {
      isClosed = true;
      for (const [following, listener] of [...followings]) {
        following.stop();
        listener.onClosed?.();
      }
      await Promise.all(runs);
    },
  };
}
