/**
 * Tests a MongoDB that steps down, times out, fills up or dies in the middle of an operation: every leg lands once and
 * is in the journal.
 */
import { afterEach, describe, expect, inject, it } from "vitest";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings, readLedger } from "../support/ledger.ts";
import { type FaultyMongo, MONGO_FAULTS, type MongoFault, openFaultyMongo } from "../support/mongo-faults.ts";
import { openStage, type Stage } from "../support/stage.ts";

const mongo = inject("testMongo");
/** A foreign server may be a replica set. The driver would then connect to its members without the proxy. */
const isOurs = mongo?.allowStandalone === true;

const LEGS = 3;

/** Matches the insert of an attempt. This write must be durable before the broadcast. */
const insertsAttempt = ({ update }: Readonly<Record<string, unknown>>, text: string): boolean =>
  update === "operations" && text.includes("in_flight") && text.includes("wire");

/** Matches any later change of a signed step, such as its landing. */
const changesStep = ({ update }: Readonly<Record<string, unknown>>, text: string): boolean =>
  update === "operations" && text.includes("wire");

describe.skipIf(!isOurs)("a server that", () => {
  let faulty: FaultyMongo | undefined;
  let stage: Stage | undefined;
  let worker: CTOWorker | undefined;

  afterEach(async () => {
    await worker?.close();
    await stage?.close();
    await faulty?.close();
    worker = undefined;
    stage = undefined;
    faulty = undefined;
  });

  it.each(Object.keys(MONGO_FAULTS) as MongoFault[])(
    "%s, at an attempt's and at a landing's write, costs no leg and buys none twice",
    async (fault) => {
      if (mongo === null) return;
      const seen = { inserted: 0, changed: 0 };
      // We strike the second insert and the first landing, because other legs are in flight at that time.
      faulty = await openFaultyMongo(mongo.uri, fault, (command, text) => {
        if (insertsAttempt(command, text)) {
          seen.inserted += 1;
          return seen.inserted === 2;
        }
        if (changesStep(command, text)) {
          seen.changed += 1;
          return seen.changed === 1;
        }
        return false;
      });
      stage = await openStage({
        buyers: LEGS,
        mongo: { uri: faulty.uri, allowStandalone: true, bareUri: null },
      });
      const { context, localnet, userId, mint } = stage;
      worker = await createCTOWorker({ context, sweepMs: 500 });
      const { jobId } = await enqueue(
        context,
        buildJob({ userId, tokenAddress: mint, mode: "standard" }),
        0,
        {},
      );
      const ended = await stage.ended(jobId);
      expect(faulty.struck()).toBe(2);
      expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS, partial: false } });
      expect(landings(localnet.cluster, jobId)).toEqual(new Map([1, 2, 3].map((leg) => [leg, 1])));
      // R1: what is on chain is in the journal.
      const steps = await context.journal.readSteps(jobId);
      const journaled = new Set(
        steps.flatMap(({ attempts }) => attempts.map(({ signature }) => String(signature))),
      );
      const ours = readLedger(localnet.cluster).filter(({ memos }) =>
        memos.some(({ operationId }) => operationId === jobId),
      );
      expect(ours.filter(({ signature }) => !journaled.has(signature))).toEqual([]);
    },
  );
});
