/**
 * Tests our own lookup table on the localnet: it is created publicly, and the transactions that it makes smaller use
 * it.
 */
import { type Address, getCompiledTransactionMessageDecoder, getTransactionDecoder } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { Cluster } from "../../src/localnet/index.ts";
import { launchToken, prepareVenues } from "../../src/localnet/launch/index.ts";
import { openWorkerPorts } from "../../src/runtime/worker-ports.ts";
import { makeLookupTable } from "../../src/services/lookup-table.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
});

/** Returns the tables that the operation's transactions name. */
const tablesUsed = (cluster: Cluster, after: number): Set<Address> =>
  new Set(
    cluster
      .history()
      .slice(after)
      .flatMap(({ wire }) => {
        const { messageBytes } = getTransactionDecoder().decode(wire);
        const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
        return "addressTableLookups" in message
          ? (message.addressTableLookups ?? []).map(({ lookupTableAddress }) => lookupTableAddress)
          : [];
      }),
  );

describeWithPrograms("a lookup table of the venues' accounts", (folder) => {
  it("is made with the public memo, and makes a standard buy smaller by more than 100 bytes", async () => {
    stage = await openStage({
      buyers: 3,
      buyerSol: 0n,
      localnet: { programs: folder.programs, versionOne: false },
    });
    const { context, localnet, userId } = stage;
    await prepareVenues(localnet.cluster, folder);
    const mint = await launchToken(localnet.rpcUrl, "pumpfun");
    const opened = await openWorkerPorts(context);
    const before = localnet.cluster.history().length;
    const { table, accounts, transactions } = await makeLookupTable(context, opened.ports, userId);
    opened.close();
    expect(accounts.length).toBeGreaterThan(20);
    const made = localnet.cluster.history().slice(before);
    expect(made).toHaveLength(transactions);
    expect(made.map(({ err }) => err)).toEqual(made.map(() => null));
    for (const { memo } of made) expect(memo).toContain(`cto:1:alt:${table}`);

    const sizeOf = async (withTable: boolean): Promise<number> => {
      const config = withTable ? readConfig({ ...stage?.env, CTO_LOOKUP_TABLES: table }) : context.config;
      const first = localnet.cluster.history().length;
      worker = await createCTOWorker({ context: { ...context, config } });
      const job = buildJob({ userId, tokenAddress: mint, mode: "standard" });
      const { jobId } = await enqueue(context, job, 0, {});
      expect(await stage?.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 3 } });
      await worker.close();
      expect(landings(localnet.cluster, jobId).size).toBe(3);
      expect([...tablesUsed(localnet.cluster, first)]).toEqual(withTable ? [table] : []);
      return Math.max(
        ...localnet.cluster
          .history()
          .slice(first)
          .map(({ wire }) => wire.length),
      );
    };
    const plain = await sizeOf(false);
    expect(plain - (await sizeOf(true))).toBeGreaterThan(100);
  });
});
