/**
 * Tests that a restored backup cannot buy twice, on PostgreSQL and on MongoDB: we find on chain what was signed after
 * it.
 */
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, inject, it } from "vitest";
import { checkJournaled } from "../../src/cli/doctor/journaled.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { type CTOContext, openContext } from "../../src/runtime/context.ts";
import { halt, resume } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { declareRestore } from "../../src/services/restore.ts";
import { whySigningWaits } from "../../src/services/signing-waits.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { takeBackup } from "../support/backup.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

/** Longer than several wake-ups of a worker that may not sign, ms. */
const UNDECLARED_MS = 3_000;

const mongo = inject("testMongo");
type Given = StageOptions & {
  readonly isSnapshot?: true;
  readonly isRestarted?: true;
  readonly noticedAs: string;
};
const BEHIND = "CTO_E_JOURNAL_BEHIND";
const JOURNALS: [string, Given][] = [
  ["PostgreSQL from a dump", { noticedAs: "CTO_E_JOURNAL_COPIED" }],
  ["PostgreSQL from a snapshot of the disk", { noticedAs: "CTO_E_JOURNAL_COPIED", isSnapshot: true }],
  [
    "PostgreSQL from a snapshot of the disk, when every process was stopped",
    { noticedAs: BEHIND, isSnapshot: true, isRestarted: true },
  ],
  ...(mongo === null ? [] : [["MongoDB", { noticedAs: BEHIND, mongo }] as [string, Given]]),
];

describe.each(JOURNALS)(
  "a journal that is put back on %s",
  (_name, { noticedAs, isSnapshot, isRestarted, ...options }) => {
    let stage: Stage;
    let worker: CTOWorker | undefined;
    let restarted: CTOContext | undefined;

    const work = async (context: CTOContext): Promise<CTOWorker> => {
      worker = await createCTOWorker({ context, sweepMs: 500 });
      return worker;
    };
    afterEach(async () => {
      stage.localnet.faults.intercept = undefined;
      await worker?.close();
      await restarted?.close();
      await stage.close();
    });

    it("refuses to go on undeclared; declared, it buys only what was not bought", async () => {
      stage = await openStage({ ...options, buyers: 2 });
      const { localnet, mint, userId } = stage;
      let { context } = stage;
      const statuses = async (id: string) =>
        (await context.journal.readSteps(id)).map(({ status }) => status);

      // The backup contains a plan without signatures.
      await halt(context, "a backup is taken");
      const first = await work(context);
      const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1.5, mode: "standard" });
      const { jobId } = await enqueue(context, job, 0, {});
      await expect.poll(() => statuses(jobId), { timeout: 20_000 }).toEqual(["ready", "ready"]);
      await expect.poll(() => context.journal.readReached(), { timeout: 20_000 }).not.toBeNull();
      const reached = await context.journal.readReached();
      const putBack = await takeBackup(stage, isSnapshot);

      // After the backup, leg 1 lands. Leg 2 is signed, but its bytes never arrive.
      localnet.faults.intercept = (method, params) => {
        if (method !== "sendTransaction") return undefined;
        const isSecond = Buffer.from(String(params[0]), "base64").includes(":buy:2/2");
        return isSecond ? { httpStatus: 503 } : undefined;
      };
      await resume(context);
      await expect
        .poll(() => landings(localnet.cluster, jobId), { timeout: 20_000 })
        .toEqual(new Map([[1, 1]]));
      await expect
        .poll(() => statuses(jobId), { timeout: 20_000 })
        .toMatchObject([expect.stringMatching("confirmed|finalized"), "in_flight"]);
      await first.close();
      localnet.faults.intercept = undefined;
      localnet.cluster.tick(2_000);

      // The disk fails. The operator restores the backup, but does not declare it.
      await putBack();
      // Processes that had signed would know what is missing.
      if (isRestarted) restarted = context = await openContext(stage.config);
      expect(await statuses(jobId)).toEqual(["ready", "ready"]);
      await resume(context);
      const undeclared = await work(context);
      await expect
        .poll(async () => (await context.journal.readHalt())?.reason ?? (await whySigningWaits(context)), {
          timeout: 20_000,
        })
        .toContain(noticedAs);
      await setTimeout(UNDECLARED_MS);
      expect(await statuses(jobId)).toEqual(["ready", "ready"]);
      const signing = (await checkJournaled(context)).find(({ name }) => name === "signing");
      expect(signing).toMatchObject({
        state: "weak",
        detail: expect.stringMatching(`${noticedAs}.*cto restore`),
      });
      await undeclared.close();
      expect(landings(localnet.cluster, jobId)).toEqual(new Map([[1, 1]]));

      const { open, since } = await withChainPorts(context, (ports) =>
        declareRestore(context, ports, "the disk died"),
      );
      expect(open).toBe(1);
      expect(since).toBe(reached?.first);
      await resume(context);
      await work(context);
      // There is no proof until everything that was signed so far has expired.
      localnet.cluster.tick(200);
      const ended = await stage.ended(jobId);
      expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: false } });
      expect(landings(localnet.cluster, jobId)).toEqual(new Map([1, 2].map((leg) => [leg, 1])));
      const [one, two] = await context.journal.readSteps(jobId);
      const onChain = localnet.cluster.history().map(({ signature }) => signature);
      expect(onChain).toContain(one?.attempts[0]?.signature);
      expect([one?.attempts.length, two?.attempts.length]).toEqual([1, 1]);
    }, 120_000);
  },
);
