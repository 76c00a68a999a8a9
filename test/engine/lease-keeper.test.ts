/** Tests that one call renews all leases of a worker, and that only the holder of a lost one is notified. */
import { expect, test } from "vitest";
import { createLeaseKeeper } from "../../src/engine/lease-keeper.ts";
import type { Lease } from "../../src/engine/ports.ts";

const leaseOf = (userId: string): Lease => ({ userId, owner: "worker", token: 1n });

/** A clock whose sleepers the test wakes, and a journal whose answers the test gives. */
function openParts() {
  const sleepers: { wake: () => void; signal: AbortSignal | undefined }[] = [];
  const calls: string[][] = [];
  let answer: (leases: readonly Lease[]) => Promise<boolean[]> = async (leases) => leases.map(() => true);
  const keeper = createLeaseKeeper(
    {
      clock: {
        now: () => new Date(),
        sleep: (_ms, signal) =>
          new Promise((resolve) => {
            sleepers.push({ wake: resolve, signal });
            signal?.addEventListener("abort", () => resolve());
          }),
      },
      journal: {
        renewLeases: (leases) => {
          calls.push(leases.map(({ userId }) => userId));
          return answer(leases);
        },
      },
    },
    { leaseMs: 3_000, renewMs: 1_000 },
  );
  const tick = async (): Promise<void> => {
    sleepers.at(-1)?.wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const answerWith = (next: typeof answer): void => {
    answer = next;
  };
  return { keeper, calls, sleepers, tick, answerWith };
}

test("one call renews all leases; who lost one hears it, and who let one go does not", async () => {
  const { keeper, calls, sleepers, tick, answerWith } = openParts();
  const lost: string[] = [];
  const letGo = ["alice", "bob", "carol"].map((user) => keeper.keep(leaseOf(user), () => lost.push(user)));
  await tick();
  expect(calls).toEqual([["alice", "bob", "carol"]]);

  // Carol's lease is released while the call is under way.
  answerWith(async () => {
    letGo[2]?.();
    return [true, false, false];
  });
  await tick();
  expect(lost).toEqual(["bob"]);

  // An unavailable journal says nothing about the leases, and the renewals go on.
  answerWith(() => Promise.reject(new Error("away")));
  await tick();
  await tick();
  expect(calls.slice(2)).toEqual([
    ["alice", "bob"],
    ["alice", "bob"],
  ]);
  expect(lost).toEqual(["bob"]);

  letGo[0]?.();
  letGo[1]?.();
  expect(sleepers.at(-1)?.signal?.aborted).toBe(true);
  await tick();
  expect(calls).toHaveLength(4);
  keeper.keep(leaseOf("dave"), () => undefined);
  await tick();
  expect(calls.at(-1)).toEqual(["dave"]);
});
