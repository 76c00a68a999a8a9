/** Tests how a crash run is driven: its request, its fault and its end. */
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import type { Caller } from "../../crash/caller.ts";
import type { Case } from "../../crash/cases.ts";
import { strike } from "../../crash/strike.ts";
import type { Stricken } from "../../crash/strikes.ts";
import type { Operation } from "../../src/engine/ports.ts";

const ITEM: Case = {
  cluster: "tower",
  backend: "postgres",
  mode: "recover",
  point: "rpc.getTransaction:before#3",
  fault: "lag",
};

const COMPLETED = { id: "op_1", status: "completed", settled: true, tries: 0 } as Operation;
const RECOVERED: Operation = { ...COMPLETED, recovery: { state: "done", at: new Date(0), legs: [] } };

/**
 * A run whose worker refuses the request, as one that gets no answer from its queue in time.
 *
 * @param after the operation once the request has been sent again
 */
function refusing(after = RECOVERED): Stricken & { readonly asked: () => number } {
  let asked = 0;
  let operation = COMPLETED;
  const caller: Caller = {
    prepare: async () => true,
    ask: async () => {
      throw new Error("the worker process failed: no answer");
    },
    async askAgain() {
      asked += 1;
      operation = after;
    },
    isOver: ({ recovery }) => recovery?.state === "done",
  };
  const worker = Object.assign(new EventEmitter(), {
    tell: () => undefined,
    died: new Promise(() => undefined),
  });
  const scene = {
    userId: "alice",
    gate: { arm: () => undefined },
    context: { journal: { listOperations: async () => [operation] } },
  };
  return { caller, worker, scene, asked: () => asked } as unknown as ReturnType<typeof refusing>;
}

it("a request that fails before its point is sent again, or nobody would ever ask for the recovery", async () => {
  const stricken = refusing();
  const { operation, problems, reached } = await strike(ITEM, stricken, performance.now() + 500);
  expect(stricken.asked()).toBe(1);
  expect(operation?.recovery?.state).toBe("done");
  expect(problems).toEqual([]);
  expect(reached).toBe(false);
});

it("a run that does not end says what its operation waits for", async () => {
  const notBefore = new Date("2026-11-28T09:00:00Z");
  const resting: Operation = {
    ...COMPLETED,
    settled: false,
    tries: 2,
    notBefore,
    recovery: { state: "requested", at: new Date(0), legs: [] },
  };
  const { problems } = await strike(ITEM, refusing(resting), performance.now() + 100);
  expect(problems).toEqual([
    "the operation is still completed, its recovery is requested, it is not settled, an outage has stopped it 2 times, " +
      "it rests until 2026-11-28T09:00:00.000Z; its first request failed: the worker process failed: no answer",
  ]);
});
