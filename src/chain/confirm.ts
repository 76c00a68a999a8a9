/**
 * The confirmer polls the statuses of all watched signatures with one request. A process has one confirmer.
 *
 * The interval follows the slot time and the finality of this cluster. A WebSocket hint makes the next poll earlier.
 * The confirmer polls recent statuses only. `unseen` therefore does not prove absence (R4); `evidence.ts` proves it.
 */
import type { Settled, Signature, SignatureView } from "../engine/ports.ts";
import { createHints, type Hints } from "./hints.ts";
import { createPace } from "./pace.ts";
import type { Rpc } from "./rpc.ts";
import { readStatuses, STATUS_BATCH, type Status } from "./statuses.ts";

type Watcher = {
  readonly until: Settled;
  readonly settle: () => void;
  /** Called at the timeout: resolves the watch, or extends it once for a fresh poll or for a block in progress. */
  readonly end: () => void;
  overdue: boolean;
};

/** The state of one watched signature. */
type Entry = {
  readonly watchers: Set<Watcher>;
  view: SignatureView;
  /** The `context.slot` of the answer behind `view`. An older answer must not replace the view. */
  viewedAt: bigint;
  /** The start of the last poll that got an answer, on the clock of `performance.now()`. */
  polledAt: number;
  /** The transaction is in a block that is not confirmed yet. */
  isProcessed: boolean;
  polls: number;
  /** The time of the next poll, on the clock of `performance.now()`. */
  due: number;
  /** When its hint came, on the clock of `performance.now()`. No second one comes. */
  hintedAt: number | null;
  /** Nobody waits for it: its polls delay no others. */
  isPatient: boolean;
  /** The start of the watch, on the clock of `performance.now()`. */
  readonly addedAt: number;
  stopListening: () => void;
};

/** The wait after the last outstanding hint, in slots. Hints for the legs of one slot arrive one by one. */
const COALESCE = 0.25;

/**
 * The unit of the pauses between polls is a slot, but at most this time, ms. The pauses bound the calls to the endpoint.
 * An endpoint counts calls per second, whatever the cluster's slot time is.
 */
const LONGEST_UNIT_MS = 200;

/**
 * The wait after a hint while other signatures are still without one, in units. The legs of an operation are signed one
 * after the other, and land in several slots; one poll then serves many of them. How many slots it takes to sign them
 * depends on the machine, and the number of polls should not.
 */
const FOR_OTHERS = 3;

/**
 * Signatures whose watches began within this time of each other belong together, in slots. Operations that run at the
 * same time do not wait for each other.
 */
const TOGETHER = 3;

/** So many hints are worth a poll at once. */
const WORTH_A_POLL = 40;

/** After a poll that shows so many landed transactions, the pause becomes shorter again: many operations are running. */
const PRODUCTIVE = 16;

/** The longest pause between two consecutive polls, in units. */
const LONGEST_SPREAD = 6;

export class Confirmer {
  readonly #rpc: Pick<Rpc, "call">;
  readonly #entries = new Map<Signature, Entry>();
  readonly #pace = createPace();
  readonly #hints: Hints;
  readonly #size = { most: STATUS_BATCH };
  #timer: NodeJS.Timeout | undefined;
  #polling = false;
  #closed = false;

  /** The earliest time of the next poll, on the clock of `performance.now()`. */
  #earliest = 0;
  #inARow = 0;

  /** The earliest time of a poll that only patient watches want. */
  #patientEarliest = 0;

  constructor(
    rpc: Pick<Rpc, "call">,
    options: { webSocketUrl?: string | undefined; createHints?: typeof createHints } = {},
  ) {
    this.#rpc = rpc;
    this.#hints = (options.createHints ?? createHints)({
      url: options.webSocketUrl,
      onHint: (signature) => this.#hurry(signature),
      onBroken: () => this.#fallBack(),
    });
  }

  /**
   * Resolves when the signature reaches `until`, or with the current view after `timeoutMs`. Never throws.
   *
   * We return `unseen` only if the last answered poll started within the last `timeoutMs / 2`. Otherwise we wait up to
   * `timeoutMs` for a fresh poll, because polls are late on a busy machine, and a late poll must not make a transaction
   * look lost. If that poll fails or does not come, we return the current view. If the transaction is in a block that is not
   * confirmed yet, we wait once for another `timeoutMs`, and after that again for a fresh poll. The whole wait is at most
   * four times `timeoutMs`.
   */
  watch(
    signature: Signature,
    { timeoutMs, until, isPatient = false }: { timeoutMs: number; until: Settled; isPatient?: boolean },
  ): Promise<SignatureView> {
    const entry = this.#entryFor(signature, until, isPatient);
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
        const isFresh = performance.now() - entry.polledAt <= timeoutMs / 2;
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

  /** The duration of one slot, estimated from the answers so far, ms. */
  slotMs(): number {
    return this.#pace.slotMs();
  }

  /** Resolves all watches with their current views. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { watchers } of [...this.#entries.values()]) for (const { settle } of [...watchers]) settle();
  }

  #entryFor(signature: Signature, until: Settled, isPatient: boolean): Entry {
    const known = this.#entries.get(signature);
    if (known !== undefined) {
      known.isPatient &&= isPatient;
      return known;
    }
    const entry: Entry = {
      watchers: new Set(),
      view: { state: "unseen" },
      viewedAt: 0n,
      polledAt: Number.NEGATIVE_INFINITY,
      isProcessed: false,
      polls: 0,
      hintedAt: null,
      isPatient,
      addedAt: performance.now(),
      due: performance.now() + this.#pace.gapWhileUnseen(0, this.#hints.working()),
      stopListening: this.#closed ? () => {} : this.#hints.listen(signature, until),
    };
    this.#entries.set(signature, entry);
    return entry;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#entries.size === 0 || this.#polling || this.#closed) return;
    const entries = [...this.#entries.values()];
    const earliestOf = (some: readonly Entry[]): number => Math.min(...some.map(({ due }) => due));
    const urgent = Math.max(this.#earliest, earliestOf(entries.filter(isUrgent)));
    const patient = Math.max(this.#patientEarliest, earliestOf(entries.filter((one) => !isUrgent(one))));
    const wait = Math.max(0, Math.min(urgent, patient) - performance.now());
    this.#timer = setTimeout(() => void this.#poll(urgent <= patient), wait);
  }

  /**
   * Polls the watched signatures with one request: those that somebody waits for first, the earliest due first.
   *
   * @param isAwaited somebody waits for it, so the polls after it must be further apart
   */
  async #poll(isAwaited: boolean): Promise<void> {
    this.#polling = true;
    const began = performance.now();
    if (isAwaited) this.#spread(began);
    this.#patientEarliest = began + LONGEST_SPREAD * this.#unitMs();
    const polled = [...this.#entries].sort(([, a], [, b]) => rankOf(a) - rankOf(b) || a.due - b.due);
    const signatures = polled.slice(0, STATUS_BATCH).map(([signature]) => signature);
    const awaited = signatures.filter((signature) => this.#entries.get(signature)?.isPatient === false);
    try {
      const options = { searchTransactionHistory: false, tries: 1 };
      const answer = await readStatuses(this.#rpc.call, signatures, options, this.#size);
      this.#pace.observeSlot(answer.slot, performance.now());
      for (const [signature, status] of answer.statuses) this.#note(signature, status, answer.slot, began);
      const landed = awaited.filter((signature) => !this.#entries.has(signature)).length;
      if (isAwaited && landed >= PRODUCTIVE) this.#hasten(began);
    } catch {
      // The next poll is the retry. A watch that times out first resolves to `unseen`, which proves nothing.
      for (const signature of signatures) this.#missed(this.#entries.get(signature), began);
    } finally {
      this.#polling = false;
      this.#schedule();
    }
  }

  /** Increases the pause between consecutive polls, so that legs landing in consecutive slots do not cost a poll each. */
  #spread(now: number): void {
    if (now - this.#earliest > LONGEST_SPREAD * this.#unitMs()) this.#inARow = 0;
    this.#earliest = now + this.#pauseMs();
    this.#inARow += 1;
  }

  #unitMs(): number {
    return Math.min(this.#pace.slotMs(), LONGEST_UNIT_MS);
  }

  #pauseMs(): number {
    return this.#unitMs() * Math.min(LONGEST_SPREAD, 0.5 * 2 ** this.#inARow);
  }

  /** Shortens the pause after the poll that began then. */
  #hasten(began: number): void {
    this.#inARow = Math.max(0, this.#inARow - 2);
    this.#earliest = began + this.#pauseMs();
  }

  /** Handles a failed poll: resolves the watches that were waiting for this poll only. */
  #missed(entry: Entry | undefined, began: number): void {
    if (entry === undefined) return;
    this.#postpone(entry, began);
    for (const { overdue, settle } of [...entry.watchers]) if (overdue) settle();
  }

  #note(signature: Signature, status: Status | null, slot: bigint, began: number): void {
    const entry = this.#entries.get(signature);
    if (entry === undefined) return;
    entry.polledAt = began;
    if (slot >= entry.viewedAt) {
      entry.view = toView(status, slot);
      entry.isProcessed = status?.commitment === "processed";
      entry.viewedAt = slot;
    }
    if (status?.commitment === "finalized") this.#pace.observeFinality(status.slot, slot);
    if (entry.view.state === "confirmed") {
      entry.due = performance.now() + this.#pace.gapUntilFinal(entry.view.slot, slot);
    } else {
      this.#postpone(entry, began);
    }
    for (const watcher of [...entry.watchers]) {
      if (reached(entry.view, watcher.until)) watcher.settle();
      else if (watcher.overdue) watcher.end();
    }
  }

  /** @param began the start of the poll that did not show it */
  #postpone(entry: Entry, began: number): void {
    const now = performance.now();
    const { hintedAt } = entry;
    if (hintedAt !== null && hintedAt >= began) {
      entry.due = hintedAt + COALESCE * this.#pace.slotMs(); // The poll had left before the hint came.
      return;
    }
    // A poll for other signatures can include this one before it is due. Such a poll does not lengthen its pause.
    if (entry.due <= now) entry.polls += 1;
    entry.due = now + this.#pace.gapWhileUnseen(entry.polls, hintedAt === null && this.#hints.working());
  }

  /** Handles a hint: polls soon, together with the other signatures that get hints about now. */
  #hurry(signature: Signature): void {
    const entry = this.#entries.get(signature);
    if (entry === undefined) return;
    entry.hintedAt = performance.now();
    const slotMs = this.#pace.slotMs();
    const unseen = [...this.#entries.values()].filter(({ view }) => view.state === "unseen");
    const waiting = unseen.filter(
      ({ hintedAt, isPatient, addedAt }) =>
        hintedAt === null && !isPatient && Math.abs(addedAt - entry.addedAt) <= TOGETHER * slotMs,
    );
    const ready = unseen.filter(({ hintedAt }) => hintedAt !== null).length;
    const isWorth = waiting.length === 0 || ready >= WORTH_A_POLL;
    const units = Math.min(LONGEST_SPREAD, FOR_OTHERS * 2 ** this.#inARow);
    const wait = isWorth ? COALESCE * slotMs : units * this.#unitMs();
    entry.due = Math.min(entry.due, performance.now() + wait);
    this.#schedule();
  }

  /** Handles the loss of hints: polls all unseen signatures at the interval without hints. */
  #fallBack(): void {
    for (const entry of this.#entries.values()) {
      if (entry.view.state !== "unseen") continue;
      entry.due = Math.min(entry.due, performance.now() + this.#pace.gapWhileUnseen(0, false));
    }
    this.#schedule();
  }
}

/** Somebody waits for it, or it has timed out and this poll is the last. */
const isUrgent = ({ isPatient, watchers }: Entry): boolean =>
  !isPatient || [...watchers].some(({ overdue }) => overdue);

/** The order in a poll: what somebody waits for, what has timed out, the rest. */
const rankOf = (entry: Entry): number => (entry.isPatient ? (isUrgent(entry) ? 1 : 2) : 0);

const reached = (view: SignatureView, until: Settled): boolean =>
  view.state === "finalized" || (view.state === "confirmed" && until === "confirmed");

/** `processed` counts as unseen, because the cluster drops about one such block in twenty. */
function toView(status: Status | null, asOf: bigint): SignatureView {
  if (status === null || status.commitment === "processed") return { state: "unseen", asOf };
  return { state: status.commitment, slot: status.slot, failure: status.failure };
}
