/** Registers all workers of the CTO queue in this process, when it is imported. */
export { closeAll } from "../runtime/default-context.ts";
export { ctoWorker } from "./workers.ts";
