/**
 * The process's own worker. Importing this file starts it, from the environment, as the original interface has it; for a worker
 * without side effects on import see `createCTOWorker`.
 */

import { type CTOWorker, createCTOWorker } from "../worker/cto-worker.ts";

/** Processes jobs until `closeAll()`. */
export const ctoWorker: CTOWorker = await createCTOWorker();
