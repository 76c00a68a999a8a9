/**
 * Reads the calls that clients of this process watch. One reader for each call serves all its watchers. A wake-up of
 * the queue only makes it read earlier, so a lost one delays a change and loses none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { newsOfCall } from "../../services/calls/context.ts";
import { readCall } from "../../services/calls/view.ts";
import { presentCall } from "../present-call.ts";
import type { callSchema } from "../schemas/calls.ts";
import type { ServerContext } from "../server-context.ts";

/** The least pause between two reads of a call, ms. Many members sign at once, and one read shows them all. */
const PAUSE_MS = 250;
/** A wake-up may be lost, so we read again after this time, ms. */
const LOOK_AGAIN_MS = 3_000;

export type PresentedCall = z.input<typeof callSchema>;

export type Watcher = {
  /** While it returns false, nothing is sent. The watcher calls `resume` when it is ready again. */
  isReady(): boolean;
  send(call: PresentedCall): void;
};

export type Watching = { resume(): void; stop(): void };

export type CallFeeds = { watch(callId: string, watcher: Watcher): Watching };

type State = { readonly call: PresentedCall; readonly text: string };

class CallFeed {
  readonly #read: () => Promise<PresentedCall>;
  /** What each watcher has received. */
  readonly #watchers = new Map<Watcher, string | null>();
  #state: State | null = null;
  #woken = false;
  #endRest: () => void = () => undefined;

  constructor(read: () => Promise<PresentedCall>) {
    this.#read = read;
  }

  add(watcher: Watcher): void {
    this.#watchers.set(watcher, null);
    this.serve(watcher);
  }

  /** Returns true if no watcher is left. */
  delete(watcher: Watcher): boolean {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.wake();
    return this.#watchers.size === 0;
  }

  readonly wake = (): void => {
    this.#woken = true;
    this.#endRest();
  };

  /** Sends the newest state, if the watcher lacks it. States between are left out: each one is the whole call. */
  serve(watcher: Watcher): void {
    const state = this.#state;
    if (state === null || this.#watchers.get(watcher) === state.text || !watcher.isReady()) return;
    this.#watchers.set(watcher, state.text);
    watcher.send(state.call);
  }

  /** Runs until no watcher is left. */
  async run(): Promise<void> {
    while (this.#watchers.size > 0) {
      this.#woken = false;
      // If the journal is away, we read again after a pause.
      const call = await this.#read().catch(() => null);
      if (call !== null) this.#state = { call, text: JSON.stringify(call) };
      for (const watcher of [...this.#watchers.keys()]) this.serve(watcher);
      await sleep(PAUSE_MS);
      if (!this.#woken) await this.#rest();
    }
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_AGAIN_MS);
      this.#endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export function createCallFeeds({ context }: Pick<ServerContext, "context">): CallFeeds {
  const feeds = new Map<string, CallFeed>();
  const open = (callId: string): CallFeed => {
    const feed = new CallFeed(async () => presentCall(await readCall(context, callId)));
    feeds.set(callId, feed);
    const unhear = context.wakeUps().on(newsOfCall(callId), feed.wake);
    // Start one microtask later, when the feed has its first watcher.
    void Promise.resolve()
      .then(() => feed.run())
      .finally(unhear);
    return feed;
  };
  return {
    watch(callId, watcher) {
      const feed = feeds.get(callId) ?? open(callId);
      feed.add(watcher);
      return {
        resume: () => feed.serve(watcher),
        stop() {
          // A reader without watchers ends. The next watcher gets a new reader.
          if (feed.delete(watcher) && feeds.get(callId) === feed) feeds.delete(callId);
        },
      };
    },
  };
}
