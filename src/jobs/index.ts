/** Importing this file registers all workers of the CTO queue in this process. */
export { closeAll } from "../runtime/default-context.ts";
export { ctoWorker } from "./workers.ts";
