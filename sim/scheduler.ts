/**
 * Runs callbacks in virtual time. They run in the order of their time; if times are equal, in the order of their creation.
 * Time advances only after all work of the last callback has ended. One seed therefore always gives one history.
 */
type Due = { readonly at: number; readonly order: number; readonly run: () => void };

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Scheduler {
  /** A binary heap. The earliest callback is the first. */
  readonly #heap: Due[] = [];
  #now = 0;
  #order = 0;

  /** Virtual ms since the start of the simulation. */
  get now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    this.#order += 1;
    this.#push({ at: this.#now + Math.max(0, Math.ceil(ms)), order: this.#order, run });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /**
   * Runs until `isOver` returns true, no callback is left, or `limitMs` is reached. Returns false only if `limitMs` was
   * reached.
   */
  async runUntil(isOver: () => boolean, limitMs: number): Promise<boolean> {
    while (!isOver()) {
      const due = this.#pop();
      if (due === undefined) return true;
      if (due.at > limitMs) return false;
      this.#now = due.at;
      due.run();
      // A macrotask starts only after all microtasks have ended. Then all work that this callback started is done.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return true;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(due, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = child === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = last;
    return first;
  }
}
