/** Carries out one run of the sweep on an open call: its caller and members act, and the fault strikes at its point. */
import { readConfig } from "../src/config.ts";
import { openChainPorts } from "../src/runtime/chain-ports.ts";
import { requireCall } from "../src/services/calls/context.ts";
import { arm } from "./arm.ts";
import { gradeCall } from "./call-grade.ts";
import { CallPlay } from "./call-play.ts";
import type { Caller } from "./caller.ts";
import type { Case, Recording, Setting } from "./cases.ts";
import { Crew, TIMING } from "./crew.ts";
import { blocks } from "./gate.ts";
import { lamportsOf } from "./grade.ts";
import { DEADLINE_MS, FORK_SLACK, type Outcome } from "./outcome.ts";
import type { WorkerProcess } from "./processes.ts";
import type { DatabaseServer } from "./servers.ts";
import { type Lane, openScene, type Scene, type World } from "./world.ts";

/** A call is requested by its members' pages. The sweep's faults ask nobody again. */
const NOBODY: Caller = {
  prepare: async () => true,
  ask: async () => undefined,
  askAgain: async () => undefined,
  isOver: () => false,
};

async function openPlay(scene: Scene, worker: WorkerProcess, until: number) {
  const { party, ground, env } = scene;
  if (party === null) throw new Error("the scene has no members");
  const config = readConfig({ ...env, SOLANA_RPC_URL: ground.localnet.rpcUrl });
  const ports = await openChainPorts({ config });
  return { party, play: new CallPlay(scene, party, ports, worker, until), close: () => ports.chain.close() };
}

/** Records the points of a call without a fault. */
export async function recordCall(
  world: World,
  lane: Lane,
  setting: Setting & Pick<Case, "cluster"> & { readonly mode: "call" },
): Promise<Recording> {
  const scene = await openScene(world, lane, { ...setting, server: world.steady, endpoints: 1 });
  const worker = await world.processes.take();
  await worker.order({ type: "open", env: scene.env, timing: TIMING, heavy: false }, "opened");
  const { play, close } = await openPlay(scene, worker, performance.now() + DEADLINE_MS);
  worker.tell({ type: "arm", plan: null });
  scene.gate.arm(null);
  const record = await play.play();
  const rpc = scene.gate.counts();
  const calls = await worker.close();
  close();
  await scene.close();
  if (record?.status !== "landed" || calls === null || calls === "killed")
    throw new Error(
      `a call without any fault ended as ${record?.status}: ${record?.ended?.why ?? record?.waits}`,
    );
  world.processes.giveBack(worker);
  return { ...setting, calls, rpc };
}

export async function carryOutCallOn(
  world: World,
  lane: Lane,
  item: Case,
  server: DatabaseServer,
): Promise<Outcome> {
  const began = performance.now();
  const endpoints = item.fault === "lie" ? 2 : 1;
  const scene = await openScene(world, lane, { ...item, server, endpoints });
  const { cluster } = scene.ground.localnet;
  const historyBefore = Math.max(0, cluster.history().length - FORK_SLACK);
  const lamportsBefore = lamportsOf(cluster, scene.wallets);
  const crew = new Crew(world, scene, false);
  try {
    const worker = await crew.add();
    const { party, play, close } = await openPlay(scene, worker, began + DEADLINE_MS);
    const armed = arm(item, { caller: NOBODY, scene, crew, worker, server, cluster });
    const dealt = armed.dealt.then(
      () => null,
      (error: unknown) => `the fault could not be dealt: ${String(error)}`,
    );
    const record = await play.play();
    const faultProblem = armed.begun() ? await dealt : null;
    close();
    const before = cluster.history().length;
    const stuck = await crew.close();
    await blocks(cluster, 4); // What was sent last lands within these blocks.
    const last = await requireCall(scene.context, party.terms.callId).catch(() => record);
    const violations = gradeCall({ cluster, historyBefore, party, lamportsBefore, record: last });
    if (record !== null && record.ended === null) violations.push(`the call is still ${record.status}`);
    if (record === null) violations.push("no call was created");
    else if (record.ended !== null) violations.push(...after(scene, before));
    if (stuck > 0) violations.push(`${stuck} workers did not close`);
    if (faultProblem !== null) violations.push(faultProblem);
    return {
      case: item,
      reached: armed.reached(),
      status: record === null ? null : `call ${record.status}`,
      failure: record?.status === "lapsed" ? (record.ended?.why ?? null) : null,
      resigned: last?.muster?.round === 2 ? 1 : 0,
      violations,
      ms: performance.now() - began,
    };
  } finally {
    await crew.close();
    await scene.close().catch(() => undefined);
  }
}

/** What has landed after the call's end: nothing may, as every attempt was final or dead, or was never sent. */
function after({ ground, wallets }: Scene, before: number): string[] {
  const own = new Set<string>(wallets);
  const late = ground.localnet.cluster
    .history()
    .slice(before)
    .filter(({ accounts }) => accounts.some((one) => own.has(one)));
  return late.map(({ signature }) => `transaction ${signature} has landed after the call's end`);
}
