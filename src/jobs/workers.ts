/**
 * Starts the process's own worker from the environment, when it is imported. The original interface requires this.
 * `createCTOWorker` creates a worker without side effects on import.
 */

import { type CTOWorker, createCTOWorker } from "../worker/cto-worker.ts";

/** Processes jobs until `closeAll()`. */
export const ctoWorker: CTOWorker = await createCTOWorker();
