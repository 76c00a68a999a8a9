/** Defines `cto demo`, which runs two real operations on a temporary cluster, and then removes everything. */
import { type Command, Option } from "commander";
import { LAUNCH_VENUES } from "../../localnet/launch/index.ts";
import { action } from "../action.ts";
import { checkMemos, type MemoCheck } from "../demo/memo-check.ts";
import { type DemoOperation, runOperation } from "../demo/operation.ts";
import { type DemoOptions, type DemoStage, openStage } from "../demo/stage.ts";
import { EXIT } from "../failures.ts";
import { clusterOption, machineOf } from "../localnet-options.ts";
import { integer } from "../numbers.ts";
import type { Terminal } from "../terminal.ts";
import { listenForStop } from "../until-stopped.ts";

const OPERATIONS = [
  { mode: "prefunded", buyAmount: 1.5 },
  { mode: "standard", buyAmount: 1 },
] as const;

type Shown = { operations: DemoOperation[]; transactions: MemoCheck };

async function show(stage: DemoStage, terminal: Terminal, signal: AbortSignal): Promise<Shown> {
  const done = [];
  for (const operation of OPERATIONS) done.push(await runOperation(stage, terminal, operation, signal));
  const addresses = stage.wallets.map(({ address }) => address);
  const transactions = checkMemos(
    stage.localnet.cluster.history(),
    addresses,
    done.map(({ receipt }) => receipt),
  );
  return { operations: done.map(({ summary }) => summary), transactions };
}

/**
 * Returns whether every leg landed, every receipt agrees with the chain, and all transactions of the wallets have their
 * memo.
 */
const isGood = ({ operations, transactions }: Shown): boolean =>
  transactions.signed === transactions.withMemo &&
  operations.every(
    ({ legs, landed, memosVerified, problems }) =>
      legs > 0 && landed === legs && memosVerified === legs && problems.length === 0,
  );

/** Returns the cluster's name and its settings. */
function describe(options: DemoOptions): string {
  const { consensus, slotMs, lamportsPerByte, versionOne } = machineOf(options);
  const versions = versionOne ? "versions 0 and 1" : "version 0";
  return `${options.cluster} (${consensus}, slots of ${slotMs} ms, ${lamportsPerByte} lamports per byte, ${versions})`;
}

async function demo(terminal: Terminal, options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const stop = listenForStop();
  let stage: DemoStage | undefined;
  let shown: Shown;
  try {
    stage = await openStage(options, stop.signal, terminal.note);
    shown = await show(stage, terminal, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.note("Stopped; cleaning up ...");
    return EXIT.failed;
  } finally {
    await stage?.close();
    stop.dispose();
  }
  const ok = isGood(shown);
  const elapsedMs = Math.round(performance.now() - startedAt);
  const { signed, withMemo } = shown.transactions;
  terminal.answer({ ok, cluster: options.cluster, ...shown, elapsedMs }, () => {
    const landed = shown.operations.reduce((sum, operation) => sum + operation.landed, 0);
    const legs = shown.operations.reduce((sum, operation) => sum + operation.legs, 0);
    const text = `${landed} of ${legs} legs landed; ${withMemo} of ${signed} transactions carry their memo; all cleaned up in ${(elapsedMs / 1000).toFixed(1)} s. Cluster: ${describe(options)}.`;
    return ok ? terminal.colours.green(`✔ ${text}`) : terminal.colours.red(`✘ ${text}`);
  });
  return ok ? EXIT.done : EXIT.failed;
}

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .addOption(clusterOption())
    .option(
      "--slot-ms <ms>",
      "time between the localnet's slots (default: the cluster's)",
      integer(10, 10_000),
    )
    .option("--legs <n>", "buyer wallets", integer(1, 200), 10)
    .addOption(
      new Option("--venue <venue>", "launch the token on this venue's real program").choices(LAUNCH_VENUES),
    )
    .option("--programs <folder>", "where the program binaries are (default: .cto/programs)")
    .description("run two operations on a temporary system of its own, show their receipts, clean up")
    .addHelpText(
      "after",
      "\nExamples:\n  $ cto demo\n  $ cto demo --legs 50 --cluster tower --json\n  $ cto demo --venue pumpfun",
    )
    .action(action<[], DemoOptions>((terminal, _given, options) => demo(terminal, options)));
}
