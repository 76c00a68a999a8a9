/**
 * The one confirmer of a process: while anyone watches a signature, it looks at all watched signatures together, at a
 * pace learned from the cluster, and earlier when the WebSocket hints that something happened.
 *
 * It looks at recent statuses only. "Unseen" is therefore not absence (R4): that takes `evidence.ts`.
 */
import type { Settled, Signature, SignatureView } from "../engine/ports.ts";
import { createHints, type Hints } from "./hints.ts";
import { createPace } from "./pace.ts";
import type { Rpc } from "./rpc.ts";
import { readStatuses, STATUS_BATCH, type Status } from "./statuses.ts";

type Watcher = {
  readonly until: Settled;
  readonly settle: () => void;
  /** Its time is over: answers it, unless one more look or one more beat is due to it. */
  readonly end: () => void;
  overdue: boolean;
};

/** What is known of one signature, while somebody watches it. */
type Entry = {
  readonly watchers: Set<Watcher>;
  view: SignatureView;
  /** The `context.slot` of the answer that the view comes from: an older answer must not replace it. */
  viewedAt: bigint;
  /** When the last look that was answered began, on the clock of `performance.now()`. */
  lookedAt: number;
  /** It is in a block that is not confirmed yet. */
  isProcessed: boolean;
  looks: number;
  /** When to look next, on the clock of `performance.now()`. */
  due: number;
  stopListening: () => void;
};

/** Legs of one slot are hinted one by one: this share of a slot is waited, so that one look serves them all. */
const COALESCE = 0.25;

/** The most that two looks in a row are held apart, in slots. */
const LONGEST_SPREAD = 6;

export class Confirmer {
  readonly #rpc: Rpc;
  readonly #entries = new Map<Signature, Entry>();
  readonly #pace = createPace();
  readonly #hints: Hints;
  readonly #size = { most: STATUS_BATCH };
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #closed = false;

  /** No look before this time, on the clock of `performance.now()`. */
  #earliest = 0;
  #inARow = 0;

  constructor(rpc: Rpc, options: { webSocketUrl?: string | undefined } = {}) {
    this.#rpc = rpc;
    this.#hints = createHints({
      url: options.webSocketUrl,
      onHint: (signature) => this.#hurry(signature),
      onBroken: () => this.#fallBack(),
    });
  }

  /**
   * Answers once the signature is seen as asked for, or with what is known after `timeoutMs`. Never throws.
   *
   * "Unseen" is told with a look behind it that is younger than half of that time, so that a busy machine, whose looks
   * come late, does not take its own slowness for a transaction that was lost; and while the transaction is in a block
   * that is not confirmed yet, once more that time is waited. Each is bounded: three times `timeoutMs` in all.
   */
  watch(
    signature: Signature,
    { timeoutMs, until }: { timeoutMs: number; until: Settled },
  ): Promise<SignatureView> {
    const entry = this.#entryFor(signature, until);
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(deadline);
        entry.watchers.delete(watcher);
        if (entry.watchers.size === 0) {
          entry.stopListening();
          this.#entries.delete(signature);
        }
        resolve(entry.view);
      };
      let beats = 1;
      const end = () => {
        const isFresh = performance.now() - entry.lookedAt <= timeoutMs / 2;
        if (!isFresh && !watcher.overdue && !this.#closed) {
          watcher.overdue = true;
          entry.due = Math.min(entry.due, performance.now());
          deadline = setTimeout(settle, timeoutMs);
          this.#schedule();
        } else if (entry.isProcessed && beats === 1) {
          beats += 1;
          watcher.overdue = false;
          clearTimeout(deadline);
          deadline = setTimeout(end, timeoutMs);
        } else settle();
      };
      const watcher: Watcher = { until, settle, end, overdue: false };
      let deadline = setTimeout(end, timeoutMs);
      entry.watchers.add(watcher);
      if (this.#closed || reached(entry.view, until)) settle();
      this.#schedule();
    });
  }

  /** One slot, as far as the answers so far tell, ms. */
  slotMs(): number {
    return this.#pace.slotMs();
  }

  /** Ends all watches with what is known. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { watchers } of [...this.#entries.values()]) for (const { settle } of [...watchers]) settle();
  }

  #entryFor(signature: Signature, until: Settled): Entry {
    const known = this.#entries.get(signature);
    if (known !== undefined) return known;
    const entry: Entry = {
      watchers: new Set(),
      view: { state: "unseen" },
      viewedAt: 0n,
      lookedAt: Number.NEGATIVE_INFINITY,
      isProcessed: false,
      looks: 0,
      due: performance.now() + this.#pace.gapWhileUnseen(0, this.#hints.working()),
      stopListening: this.#closed ? () => {} : this.#hints.listen(signature, until),
    };
    this.#entries.set(signature, entry);
    return entry;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#entries.size === 0 || this.#looking || this.#closed) return;
    const soonest = Math.max(this.#earliest, Math.min(...[...this.#entries.values()].map(({ due }) => due)));
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, soonest - performance.now()));
  }

  /** One request for everyone who is watched, the soonest due first. */
  async #look(): Promise<void> {
    this.#looking = true;
    this.#spread();
    const began = performance.now();
    const signatures = [...this.#entries]
      .sort(([, a], [, b]) => a.due - b.due)
      .slice(0, STATUS_BATCH)
      .map(([signature]) => signature);
    try {
      const options = { searchTransactionHistory: false, tries: 1 };
      const answer = await readStatuses(this.#rpc.call, signatures, options, this.#size);
      this.#pace.observeSlot(answer.slot, performance.now());
      for (const [signature, status] of answer.statuses) this.#note(signature, status, answer.slot, began);
    } catch {
      // The beat itself is the retry; who waits is told "unseen" at its time-out, which claims nothing.
      for (const signature of signatures) this.#missed(this.#entries.get(signature));
    } finally {
      this.#looking = false;
      this.#schedule();
    }
  }

  /** Legs that land one slot after the other must not cost a look each: looks in a row come further and further apart. */
  #spread(): void {
    const now = performance.now();
    const slotMs = this.#pace.slotMs();
    if (now - this.#earliest > LONGEST_SPREAD * slotMs) this.#inARow = 0;
    this.#earliest = now + Math.min(LONGEST_SPREAD, 0.5 * 2 ** this.#inARow) * slotMs;
    this.#inARow += 1;
  }

  /** A look that failed: whoever waited for it is not kept waiting. */
  #missed(entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#postpone(entry);
    for (const { overdue, settle } of [...entry.watchers]) if (overdue) settle();
  }

  #note(signature: Signature, status: Status | null, slot: bigint, began: number): void {
    const entry = this.#entries.get(signature);
    if (entry === undefined) return;
    entry.lookedAt = began;
    if (slot >= entry.viewedAt) {
      entry.view = toView(status, slot);
      entry.isProcessed = status?.commitment === "processed";
      entry.viewedAt = slot;
    }
    if (status?.commitment === "finalized") this.#pace.observeFinality(status.slot, slot);
    if (entry.view.state === "confirmed") {
      entry.due = performance.now() + this.#pace.gapUntilFinal(entry.view.slot, slot);
    } else {
      this.#postpone(entry);
    }
    for (const watcher of [...entry.watchers]) {
      if (reached(entry.view, watcher.until)) watcher.settle();
      else if (watcher.overdue) watcher.end();
    }
  }

  #postpone(entry: Entry): void {
    const now = performance.now();
    // Looked at along with others, before its time: its own pause is not spent.
    if (entry.due <= now) entry.looks += 1;
    entry.due = now + this.#pace.gapWhileUnseen(entry.looks, this.#hints.working());
  }

  /** A hint came: look soon, together with what else is hinted in this slot. */
  #hurry(signature: Signature): void {
    const entry = this.#entries.get(signature);
    if (entry === undefined) return;
    entry.due = Math.min(entry.due, performance.now() + this.#pace.slotMs() * COALESCE);
    this.#schedule();
  }

  /** No more hints: whoever relied on one is looked at by the pace again. */
  #fallBack(): void {
    for (const entry of this.#entries.values()) {
      if (entry.view.state !== "unseen") continue;
      entry.due = Math.min(entry.due, performance.now() + this.#pace.gapWhileUnseen(0, false));
    }
    this.#schedule();
  }
}

const reached = (view: SignatureView, until: Settled): boolean =>
  view.state === "finalized" || (view.state === "confirmed" && until === "confirmed");

/** `processed` counts as unseen: about one such block in twenty is dropped. */
function toView(status: Status | null, asOf: bigint): SignatureView {
  if (status === null || status.commitment === "processed") return { state: "unseen", asOf };
  return { state: status.commitment, slot: status.slot, failure: status.failure };
}
