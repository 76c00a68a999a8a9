/**
 * Operations' events as they come, from whichever process writes them. One reader of the journal per operation serves
 * all who listen in this process; the queue's wake-ups only tell it when to look.
 */
import type { Journal, StoredEvent } from "../engine/ports.ts";
import type { WakeUps } from "./queues.ts";

/** Bounds one read, and with it what a listener is given at once. */
const EVENTS_PER_READ = 200;

/** Wake-ups may be lost: so often the journal is looked at anyway, ms. Doubles while nothing comes. */
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_AT_MOST_MS = 8_000;

export type FeedListener = {
  /** Consecutive events, in order, each once. What it throws is its own affair: the others still hear theirs. */
  onEvents(events: readonly StoredEvent[]): void;
  /** The journal was looked at, and had no more. */
  onQuiet?(): void;
  /** While it answers false nothing is read for it; `resume` says that it changed its mind. Default: always. */
  isReady?(): boolean;
};

export type Following = { resume(): void; stop(): void };

export type EventFeeds = {
  /**
   * Reports the operation's events with a greater number than `after`. An outage of the journal or the queue delays
   * them and loses none.
   */
  follow(operationId: string, after: number, listener: FeedListener): Following;
  /** How many operations are being read. */
  readonly size: number;
  close(): Promise<void>;
};

type Entry = { seen: number; readonly listener: FeedListener };

const isReady = ({ listener }: Entry): boolean => listener.isReady?.() ?? true;

/** The events that follow `after` without a gap that no compaction made: what stands behind one is read again once it is closed. */
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

  /** True when nobody is left. */
  delete(entry: Entry): boolean {
    this.#entries.delete(entry);
    if (this.#entries.size === 0) this.wake();
    return this.#entries.size === 0;
  }

  readonly wake = (): void => {
    this.#woken = true;
    this.#endRest();
  };

  /** Runs until nobody listens. */
  async run(): Promise<void> {
    while (this.#entries.size > 0) {
      this.#woken = false;
      // Away, or not readable: looked at again after a rest.
      const came = await this.#look().catch(() => false);
      this.#restMs = came ? LOOK_AGAIN_MS : Math.min(this.#restMs * 2, LOOK_AGAIN_AT_MOST_MS);
      if (!came) await this.#rest();
    }
  }

  /** Reads for the one that is furthest behind; whoever is at the same place or beyond is served by the same read. */
  async #look(): Promise<boolean> {
    const ready = [...this.#entries].filter(isReady);
    if (ready.length === 0) return false;
    const from = Math.min(...ready.map(({ seen }) => seen));
    const events = consecutive(await this.#journal.readEvents(this.#id, from, EVENTS_PER_READ), from);
    for (const entry of [...this.#entries]) {
      // Whoever came meanwhile and begins earlier is served by the next read.
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
    // Its own affair.
  }
}

/**
 * Opens no connection until somebody follows.
 * @example
 * const { stop } = feeds.follow(operationId, 0, { onEvents: (events) => console.log(events) });
 */
export function createEventFeeds(
  journal: Pick<Journal, "readEvents">,
  wakeUps: () => Pick<WakeUps, "on">,
): EventFeeds {
  const feeds = new Map<string, Feed>();
  const runs = new Set<Promise<void>>();
  const followings = new Set<Following>();
  const open = (id: string): Feed => {
    const feed = new Feed(id, journal);
    feeds.set(id, feed);
    const unhear = wakeUps().on(id, feed.wake);
    // In the next turn, when it has its first listener.
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
      const entry = { seen: after, listener };
      const feed = feeds.get(id) ?? open(id);
      feed.add(entry);
      const following: Following = {
        resume: feed.wake,
        stop() {
          followings.delete(following);
          // A reader that nobody is left with ends: whoever comes next gets a new one.
          if (feed.delete(entry) && feeds.get(id) === feed) feeds.delete(id);
        },
      };
      followings.add(following);
      return following;
    },
    get size() {
      return feeds.size;
    },
    async close() {
      for (const following of followings) following.stop();
      await Promise.all(runs);
    },
  };
}
