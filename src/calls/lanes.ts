/**
 * Changes records by compare-and-set, one lane for each record. When many members sign at once, their changes wait in
 * the lane and are written together, so a muster of a thousand takes few writes.
 */
import { CTOError } from "../errors/index.ts";

export type Records<Value> = {
  read(id: string): Promise<{ readonly value: Value; readonly version: number }>;
  /** Returns false if the record is not at this version any more. */
  write(id: string, version: number, value: Value): Promise<boolean>;
};

type Waiting<Value> = {
  readonly change: (value: Value) => Value;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
};

/** The most lost races. Each one means that another process has made a change. */
const TRIES = 1_000;

export function createLanes<Value>(records: Records<Value>) {
  const lanes = new Map<string, Waiting<Value>[]>();

  /** Makes all changes on one state. A change that throws is left out, and the others are made. */
  async function write(id: string, batch: readonly Waiting<Value>[]): Promise<void> {
    for (let left = TRIES; left > 0; left -= 1) {
      const { value: before, version } = await records.read(id);
      let value = before;
      const failed = new Map<Waiting<Value>, unknown>();
      for (const one of batch) {
        try {
          value = one.change(value);
        } catch (error) {
          failed.set(one, error);
        }
      }
      if (value !== before && !(await records.write(id, version, value))) continue;
      for (const one of batch) {
        if (failed.has(one)) one.reject(failed.get(one));
        else one.resolve(value);
      }
      return;
    }
    throw new CTOError("CTO_E_INTERNAL", { reason: `the record ${id} is changed without end` });
  }

  async function empty(id: string, waiting: Waiting<Value>[]): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      try {
        await write(id, batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    lanes.delete(id);
  }

  return {
    /** Returns the record after the change, and after those that were written together with it. */
    change: (id: string, change: (value: Value) => Value): Promise<Value> =>
      new Promise((resolve, reject) => {
        const lane = lanes.get(id);
        if (lane !== undefined) {
          lane.push({ change, resolve, reject });
          return;
        }
        const begun = [{ change, resolve, reject }];
        lanes.set(id, begun);
        void empty(id, begun);
      }),
  };
}
