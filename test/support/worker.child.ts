/** A worker in a process of its own, from the environment, that gives a dead worker's job up soon. */
import { createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { closeAll } from "../../src/jobs/default-context.ts";

const worker = await createCTOWorker({ takeoverMs: 3_000, sweepMs: 1_000 });
process.on("SIGTERM", async () => {
  await worker.close();
  await closeAll();
  process.exit(0);
});
console.log("ready");
