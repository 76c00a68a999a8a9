/** Runs one seed of an open call: members with their habits, workers that die and freeze, and a cluster that forks. */
import { z } from "zod";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { type CallPorts, driveCall } from "../../src/calls/drive-call.ts";
import { beatsOf } from "../../src/engine/beats.ts";
import type { Limits } from "../../src/engine/limits/limits.ts";
import { limitsFor } from "../../src/engine/limits/limits.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { workUnderLease } from "../../src/engine/under-lease.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { createBlockReader } from "../accounts.ts";
import { createSimChain } from "../chain.ts";
import { drawFaults, type FaultKind } from "../faults.ts";
import { type Outage, reachJournal } from "../journal.ts";
import { openWorld } from "../open-world.ts";
import { simPolicy } from "../policy.ts";
import { Process } from "../process.ts";
import { createRandom } from "../random.ts";
import { Scheduler } from "../scheduler.ts";
import { Trace } from "../trace.ts";
import { createSimVenues } from "../venues.ts";
import { dateAt } from "../virtual-date.ts";
import type { World } from "../world.ts";
import { playMember, signMessage } from "./member.ts";
import { CallOracle } from "./oracle.ts";
import { balanceOf, type CallScenario, drawCall } from "./scenario.ts";

export type CallSimResult = {
  readonly seed: number;
  readonly status: string;
  readonly rounds: number;
  readonly members: number;
  readonly sent: number;
  readonly landed: number;
  readonly hash: string;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly violations: readonly string[];
};

z.config({ jitless: true });

const BEATS = beatsOf();
const NO_LIMITS: Limits = limitsFor({ everyone: {}, own: {} }, false);

/** Faults end after this time, and the call must end within the other, virtual ms. */
const FAULTS_MS = 700_000;
const LIVENESS_MS = 2_400_000;

export async function simulateCall(
  seed: number,
  {
    disabled = new Set<FaultKind>(),
    print,
  }: { disabled?: ReadonlySet<FaultKind>; print?: (line: string) => void } = {},
): Promise<CallSimResult> {
  const scheduler = new Scheduler();
  const trace = new Trace(() => scheduler.now, print);
  const faults = drawFaults(seed, disabled);
  const scenario = drawCall(seed);
  const oracle = new CallOracle(scenario);
  const world = openWorld(seed, {
    scheduler,
    trace,
    faults,
    random: createRandom(seed, "world"),
    balances: new Map(scenario.members.map((member) => [member.wallet, balanceOf(member)])),
    reviewAfterMs: [150_000],
  });
  const store = createCallStore(world.journal);
  await announce(store, scenario);
  const random = createRandom(seed, "call world");
  const outage: Outage = { until: 0 };
  for (let worker = 1; worker <= random.between(1, 2); worker += 1)
    startWorker(world, scenario, oracle, { name: `worker${worker}`, outage, life: 1 });
  const lost: unknown[] = [];
  for (const member of scenario.members)
    void playMember(world, store, scenario, member, oracle).catch((error: unknown) => lost.push(error));
  const tick = (): void => {
    scheduler.after(world.cluster.machine.slotMs, tick);
    world.cluster.tick();
  };
  scheduler.after(world.cluster.machine.slotMs, tick);
  scheduler.after(FAULTS_MS, () => faults.stop());
  let ended = false;
  const look = (): void => {
    void store.readCall(scenario.call.terms.callId).then((record) => {
      ended = record !== null && record.ended !== null;
    });
    scheduler.after(1_000, look);
  };
  look();
  await scheduler.runUntil(() => ended || lost.length > 0, LIVENESS_MS);
  faults.stop();
  world.cluster.storm();
  const record = await store.readCall(scenario.call.terms.callId);
  const isKnowable = world.endpoints.every((endpoint) => endpoint.remembers(0n));
  oracle.conclude(finalLandings(world), record, isKnowable);
  const violations = [...oracle.violations, ...world.tally.violations, ...lost.map(String)];
  for (const violation of violations) trace.note("VIOLATION", violation);
  return {
    seed,
    status: record?.status ?? "gone",
    rounds: record?.muster?.round ?? 0,
    members: scenario.members.length,
    sent: oracle.sent,
    landed: oracle.landed,
    hash: trace.hash(),
    faults: Object.fromEntries(faults.counts),
    violations,
  };
}

async function announce(store: ReturnType<typeof createCallStore>, { call }: CallScenario): Promise<void> {
  await store.addCall({
    ...newRecord(call, dateAt(0)),
    announcement: { signature: signMessage(Buffer.from("the memo"), 0).signature, slot: 1n },
  });
  await store.markOpen(call.terms.callId);
}

type Worker = { readonly name: string; readonly outage: Outage; readonly life: number };

/** Starts a worker as `src/worker/calls.ts` does, and another one each time it dies. */
function startWorker(world: World, scenario: CallScenario, oracle: CallOracle, worker: Worker): void {
  const { name, outage, life } = worker;
  const process = new Process(`${name}.${life}`, world, () =>
    world.scheduler.after(world.latency.between(500, 5_000), () =>
      startWorker(world, scenario, oracle, { ...worker, life: life + 1 }),
    ),
  );
  const readBlock = createBlockReader(world);
  const journal = reachJournal(world, process, outage);
  const store = createCallStore(journal);
  const chain = createSimChain(world, process, readBlock);
  const truth = createCallStore(world.journal);
  const { callId } = scenario.call.terms;
  const ports: CallPorts = {
    chain: {
      ...chain,
      async broadcast(wire, options) {
        oracle.sends(world, wire, await truth.readCall(callId));
        return chain.broadcast(wire, options);
      },
    },
    venues: createSimVenues(world, process, readBlock),
    policy: simPolicy,
    clock: { now: () => dateAt(world.scheduler.now), sleep: (ms) => process.sleep(ms) },
  };
  void work();

  async function work(): Promise<void> {
    for (let turn = 1; ; turn += 1) {
      try {
        await drive(turn);
      } catch (error) {
        if (!isCTOError(error)) {
          world.tally.violations.push(`${process.name}: ${String(error)}`);
          return;
        }
      }
      await process.sleep(1_000);
    }
  }

  function drive(turn: number): Promise<void> {
    const owner = `${process.name}/${turn}`;
    const lease = { journal, clock: ports.clock, beats: BEATS, owner, signal: new AbortController().signal };
    return workUnderLease(lease, `call/${callId}`, (signal) =>
      driveCall(
        {
          ports,
          store: withAddresses(store),
          settings: ENGINE_DEFAULTS,
          signal,
          limits: async () => NO_LIMITS,
          mostFee: 1_000_000n,
          powersIn: () => [],
          whyHeld: async () => null,
        },
        callId,
      ),
    );
  }
}

/** The simulator's token accounts are no addresses, and the store reads addresses only. Nothing here depends on them. */
const withAddresses = (store: ReturnType<typeof createCallStore>): ReturnType<typeof createCallStore> => ({
  ...store,
  bookOf(callId) {
    const book = store.bookOf(callId);
    return {
      ...book,
      writeHanded: (handed) => book.writeHanded({ ...handed, tokenAccount: handed.wallet, ownAccounts: [] }),
    };
  },
});

function finalLandings({ cluster }: World) {
  const view = cluster.view(0);
  return Array.from({ length: view.finalizedHeight + 1 }, (_, height) =>
    cluster.blockAt(view, height),
  ).flatMap(({ landings }) => landings);
}
