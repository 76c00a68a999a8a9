/**
 * Measures the time from the enqueue to the last leg's landing, compared with the floor of the same run. For the floor, a raw
 * client makes the two reads that a buy depends on, sends as many presigned transfers, and polls their statuses with pauses of
 * at most 20 ms.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { MACHINES, type MachineName } from "../../src/localnet/index.ts";
import { type Figure, ofRounds, type Row, say } from "../figures.ts";
import { floorOf } from "../raw-client.ts";
import { addUser, jobFor, openSystem, startRunner } from "../system.ts";

const LATENCY_MS = 50;
const LEGS: readonly (readonly [legs: number, rounds: number, most: number])[] = [
  [1, 5, 1.3],
  [10, 5, 1.3],
  [50, 5, 1.6],
  [100, 5, 1.6],
];

/** A worker runs for days, so we measure code that Node.js has compiled, in the worker and in the raw client. */
const WARM_UP = { operations: 15, legs: 50 };

async function on(machine: MachineName): Promise<Figure[]> {
  const system = await openSystem({ machine, latencyMs: LATENCY_MS });
  const runner = await startRunner(system);
  const figures: Figure[] = [];
  try {
    const coin = await system.cluster.launch("pumpfun");
    const token = await system.cluster.deskToken();
    say("latency", `${machine}, warming up`);
    await addUser(system, "warm-up", WARM_UP.legs);
    for (let operation = 0; operation < WARM_UP.operations; operation += 1) {
      await floorOf(system.cluster, WARM_UP.legs);
      await runner.run(jobFor("warm-up", coin ?? token, WARM_UP.legs), WARM_UP.legs);
    }
    for (const [legs, rounds, most] of LEGS) {
      const user = `latency-${legs}`;
      await addUser(system, user, legs);
      for (const [what, mint, mode] of [
        ["pump.fun, prefunded", coin, "prefunded"],
        ["pump.fun, standard", coin, "standard"],
        ["the desk, prefunded", token, "prefunded"],
      ] as const) {
        if (mint === null) continue;
        say("latency", `${machine}, ${what}, ${legs} legs`);
        const ratios: number[] = [];
        const times: number[] = [];
        const toResult: number[] = [];
        await runner.run(jobFor(user, mint, legs, mode), legs);
        for (let round = 0; round < rounds; round += 1) {
          // Both begin in the same part of a slot. Without this, both would begin just after a block.
          const intoSlotMs = (MACHINES[machine].slotMs * (round + 0.5)) / rounds;
          await sleep(intoSlotMs);
          const floor = await floorOf(system.cluster, legs);
          await sleep(intoSlotMs);
          const { landedMs, ms } = await runner.run(jobFor(user, mint, legs, mode), legs);
          times.push(landedMs);
          toResult.push(ms);
          ratios.push(landedMs / floor);
        }
        figures.push({
          what: `${machine}, ${what}, ${legs} legs`,
          ...ofRounds(ratios),
          unit: "times",
          goal: { atMost: most },
          note: `${Math.round(ofRounds(times).value)} ms; the result after ${Math.round(ofRounds(toResult).value)} ms`,
        });
      }
    }
    return figures;
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

export const latency: Row = {
  name: "latency",
  about: `enqueue to landed against the floor, ${LATENCY_MS} ms of RPC latency`,
  run: async () => [...(await on("tower")), ...(await on("today"))],
};
