/** `npm run crash`: kills or disturbs real worker processes at every point of an operation, and grades each run. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { commitNow } from "../scripts/commit-now.ts";
import { MACHINE_NAMES, type MachineName } from "../src/localnet/index.ts";
import { hasRedisServer } from "../test/support/redis.ts";
import {
  allCases,
  BACKENDS,
  type Backend,
  type Case,
  FAULTS,
  forJournal,
  JOURNALS,
  type JournalKind,
  onCluster,
  SUBJECTS,
  sample,
} from "./cases.ts";
import type { Outcome } from "./outcome.ts";
import { summarise, toTable } from "./results.ts";
import { carryOut, record } from "./run.ts";
import { type Lane, openWorld, type World } from "./world.ts";

type Options = {
  sample?: number;
  backend: "both" | Backend;
  journal: JournalKind;
  point?: string;
  mode?: string;
  fault?: string;
  out?: string;
  cluster?: MachineName;
  lanes: number;
};

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a whole number above 0");
  return value;
};

const oneOf =
  (...names: readonly string[]) =>
  (text: string): string => {
    if (!names.includes(text)) throw new InvalidArgumentError(`one of ${names.join(", ")}`);
    return text;
  };

const readOptions = (): Options =>
  new Command("crash")
    .option("--sample <n>", "so many runs, evenly spread over all", count)
    .option("--journal <name>", "postgres or mongo", oneOf(...JOURNALS), "postgres")
    .option(
      "--backend <name>",
      "the queue's: postgres, redis or both",
      oneOf("postgres", "redis", "both"),
      "both",
    )
    .option("--point <name>", "only points that contain this, such as insertAttempt:after")
    .option(
      "--fault <name>",
      `only this fault: ${Object.keys(FAULTS).join(", ")}`,
      oneOf(...Object.keys(FAULTS)),
    )
    .option(
      "--cluster <name>",
      "all that can happen there on this one: today or tower",
      oneOf(...MACHINE_NAMES),
    )
    .option("--mode <name>", `only this mode: ${SUBJECTS.join(", ")}`, oneOf(...SUBJECTS))
    .option("--lanes <n>", "runs at once", count, 4)
    .option("--out <file>", "writes the counts there")
    .parse()
    .opts<Options>();

const backendsOf = ({ backend }: Options): Backend[] => {
  const wanted = BACKENDS.filter((name) => backend === "both" || backend === name);
  if (hasRedisServer() || !wanted.includes("redis")) return wanted;
  if (backend === "redis") throw new Error("redis-server is not on the PATH");
  console.log("Runs on Redis are left out: redis-server is not on the PATH.");
  return wanted.filter((name) => name !== "redis");
};

const ended = new AbortController();
const ending = ended.signal;
process.once("SIGTERM", () => ended.abort());

/** Runs the items in all lanes. Each lane takes the next item until none is left, or until the sweep is ended early. */
async function inLanes<Item>(
  lanes: readonly Lane[],
  items: readonly Item[],
  work: (lane: Lane, item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const item of queue) {
        if (ending.aborted) return;
        await work(lane, item);
      }
    }),
  );
}

async function findCases(world: World, options: Options): Promise<{ cases: Case[]; all: number }> {
  const settings = backendsOf(options).flatMap((backend) =>
    SUBJECTS.filter((mode) => (options.mode ?? mode) === mode).map((mode) => ({ backend, mode })),
  );
  const recordings: Awaited<ReturnType<typeof record>>[] = [];
  // We record once on each cluster. Points that both recordings contain depend neither on chance nor on one cluster.
  const wanted = settings.flatMap((setting) => MACHINE_NAMES.map((cluster) => ({ ...setting, cluster })));
  await inLanes(world.lanes, wanted, async (lane, setting) => {
    recordings.push(await record(world, lane, setting));
  });
  const all = forJournal(allCases(recordings), options.journal);
  const chosen = all
    .filter(({ point }) => options.point === undefined || point.includes(options.point))
    .filter(({ fault }) => options.fault === undefined || fault === options.fault);
  const placed = onCluster(chosen, options.cluster);
  return { cases: sample(placed, options.sample ?? placed.length), all: all.length };
}

const describe = ({ case: item, reached, status, failure, resigned, violations, ms }: Outcome): string => {
  const why = failure === null ? "" : ` with ${failure}`;
  const end = reached ? `${status ?? "none"}${why}` : "point not reached";
  const again = resigned > 0 ? `, ${resigned} signed again` : "";
  const place = `${item.cluster} ${item.backend} ${item.mode} ${item.fault} at ${item.point}`;
  return [
    `${place}: ${end}${again}, ${Math.round(ms)} ms`,
    ...violations.map((violation) => `  VIOLATION ${violation}`),
  ].join("\n");
};

async function main(): Promise<void> {
  const options = readOptions();
  const commit = commitNow();
  const world = await openWorld({
    lanes: options.lanes,
    redis: backendsOf(options).includes("redis"),
    journal: options.journal,
  });
  // Ctrl-C also ends the workers and Redis, so the current runs are useless. PostgreSQL would keep running, so we close it.
  process.once("SIGINT", () => void world.close().finally(() => process.exit(130)));
  try {
    const { cases, all } = await findCases(world, options);
    console.log(`${cases.length} of ${all} runs, ${options.lanes} at once`);
    const outcomes: Outcome[] = [];
    await inLanes(world.lanes, cases, async (lane, item) => {
      const outcome = await carryOut(world, lane, item);
      outcomes.push(outcome);
      console.log(`[${outcomes.length}/${cases.length}] ${describe(outcome)}`);
      // We write after every run, so that a killed sweep leaves its results.
      if (options.out !== undefined)
        writeFileSync(options.out, `${JSON.stringify(summarise(outcomes, all, commit), null, 2)}\n`);
    });
    const found = summarise(outcomes, all, commit);
    for (const outcome of outcomes.filter(({ violations }) => violations.length > 0))
      console.log(describe(outcome));
    console.log(toTable(found));
    if (ending.aborted) console.log("Ended early: the counts are of the runs until then.");
    const { points, runs, violations } = found.total;
    console.log(
      `${points} points, ${runs} runs, ${violations} violations; ${found.notReached} ended before their point`,
    );
    if (violations > 0) process.exitCode = 1;
  } finally {
    await world.close();
  }
}

await main();
