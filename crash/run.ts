/**
 * Carries out one run of the crash sweep: it arms a point, applies the fault there, follows the operation to its end
 * and grades it.
 */
import { carryOutCallOn, recordCall } from "./call-run.ts";
import { askFirmly, callerOf, followToEnd } from "./caller.ts";
import type { Case, FaultMode, Recording, Setting } from "./cases.ts";
import { Crew, TIMING } from "./crew.ts";
import { blocks } from "./gate.ts";
import { grade, lamportsOf } from "./grade.ts";
import { DEADLINE_MS, FORK_SLACK, type Outcome } from "./outcome.ts";
import type { DatabaseServer } from "./servers.ts";
import { type Struck, strike } from "./strike.ts";
import { type Lane, openScene, type Scene, type World } from "./world.ts";

/** These faults affect a whole server, so the run needs one of its own. */
const FRAGILE: ReadonlySet<FaultMode> = new Set(["restart", "readonly"]);

/** Records the points of a run without a fault. */
export async function record(
  world: World,
  lane: Lane,
  setting: Setting & Pick<Case, "cluster">,
): Promise<Recording> {
  if (setting.mode === "call") return recordCall(world, lane, { ...setting, mode: "call" });
  const scene = await openScene(world, lane, { ...setting, server: world.steady, endpoints: 1 });
  const worker = await world.processes.take();
  const heavy = setting.mode === "recover";
  await worker.order({ type: "open", env: scene.env, timing: TIMING, heavy }, "opened");
  const caller = callerOf(scene, setting.mode);
  const until = performance.now() + DEADLINE_MS;
  if (!(await caller.prepare(worker, until)))
    throw new Error("a run without any fault could not be prepared");
  worker.tell({ type: "arm", plan: null });
  scene.gate.arm(null);
  await askFirmly(caller, worker, until);
  const operation = await followToEnd(scene, until, caller.isOver);
  const rpc = scene.gate.counts();
  const calls = await worker.close();
  await scene.close();
  if (operation?.status !== "completed" || calls === null || calls === "killed")
    throw new Error(`a run without any fault ended as ${operation?.status}: ${operation?.failure?.message}`);
  world.processes.giveBack(worker);
  return { ...setting, calls, rpc };
}

/** Returns the result of a run whose operation failed before its point. No fault was applied. */
const unstruck = async (scene: Scene, until: number): Promise<Struck> => ({
  operation: await followToEnd(scene, until, () => true),
  reached: false,
  problems: [],
});

async function carryOutOn(world: World, lane: Lane, item: Case, server: DatabaseServer): Promise<Outcome> {
  const began = performance.now();
  const until = began + DEADLINE_MS;
  const endpoints = item.fault === "lie" ? 2 : 1;
  const scene = await openScene(world, lane, { ...item, server, endpoints });
  const { cluster } = scene.ground.localnet;
  // A fork of another run may drop some earlier transactions and make the history shorter.
  const historyBefore = Math.max(0, cluster.history().length - FORK_SLACK);
  const lamportsBefore = lamportsOf(cluster, scene.wallets);
  const caller = callerOf(scene, item.mode);
  const crew = new Crew(world, scene, item.mode === "recover");
  try {
    const worker = await crew.add();
    const stricken = { caller, scene, crew, worker, server, cluster };
    const prepared = await caller.prepare(worker, until);
    const struck = prepared ? await strike(item, stricken, until) : await unstruck(scene, until);
    const { operation, reached, problems } = struck;
    const stuck = await crew.close();
    await blocks(cluster, 4); // The transactions that were sent last land within these blocks.
    const steps = operation === null ? [] : await scene.context.journal.readSteps(operation.id);
    const evidence = { cluster, historyBefore, wallets: scene.wallets, lamportsBefore, operation, steps };
    const violations = [...grade(evidence), ...problems];
    if (stuck > 0) violations.push(`${stuck} workers did not close`);
    return {
      case: item,
      reached,
      status: operation?.status ?? null,
      failure: operation?.failure ? `${operation.failure.code}: ${operation.failure.message}` : null,
      resigned: steps.reduce((all, { attempts }) => all + Math.max(0, attempts.length - 1), 0),
      violations,
      ms: performance.now() - began,
    };
  } finally {
    await crew.close();
    await scene.close().catch(() => undefined);
  }
}

/** Carries out a case. Never throws: an error becomes a violation. */
export async function carryOut(world: World, lane: Lane, item: Case): Promise<Outcome> {
  const fragile = FRAGILE.has(item.fault) ? await world.restartable() : null;
  const run = item.mode === "call" ? carryOutCallOn : carryOutOn;
  try {
    return await run(world, lane, item, fragile?.server ?? world.steady);
  } catch (error) {
    const violations = [`the run broke: ${error instanceof Error ? error.message : String(error)}`];
    return { case: item, reached: true, status: null, failure: null, resigned: 0, violations, ms: 0 };
  } finally {
    fragile?.release();
  }
}
