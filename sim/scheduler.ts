/**
 * Virtual time. What is due runs in the order of its time, and of its making where times are equal; time moves on
 * only when nothing of what ran has anything left to do. One seed therefore always gives one history.
 */
type Due = { readonly at: number; readonly order: number; readonly run: () => void };

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Scheduler {
  /** A binary heap: the soonest is the first. */
  readonly #heap: Due[] = [];
  #now = 0;
  #order = 0;

  /** Virtual ms since the simulation's beginning. */
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

  /** Runs until `isOver` says so, or nothing is left, or the time is up. False: the time was up. */
  async runUntil(isOver: () => boolean, limitMs: number): Promise<boolean> {
    while (!isOver()) {
      const due = this.#pop();
      if (due === undefined) return true;
      if (due.at > limitMs) return false;
      this.#now = due.at;
      due.run();
      // A macrotask begins only when all microtasks have ended: everything that this step woke has come to rest.
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
