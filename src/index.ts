/** The library's public face. Importing it starts nothing; `cto-queue/workers` registers the workers. */
export type { Config } from "./config.ts";
export { describeConfig, readConfig } from "./config.ts";
export type {
  CTOEstimate,
  CTOJob,
  CTOJobState,
  CTOJobStatus,
  CTOLegRecovery,
  CTOLegResult,
  CTOProgress,
  CTORecovery,
  CTORecoveryPreview,
  CTOResult,
  EnqueueOptions,
} from "./contract/types.ts";
export { CTOError, type ErrorCode, isCTOError, REGISTRY } from "./errors/index.ts";
export {
  cancelCTOJob,
  detectTokenPlatformWithCache,
  enqueueCTOOperation,
  estimateCTOOperation,
  getCTOJobStatus,
  previewCTORecovery,
  recoverCTOFunds,
  subscribeToProgress,
} from "./jobs/cto-external.ts";
export { type CTOContext, openContext } from "./runtime/context.ts";
export { closeAll } from "./runtime/default-context.ts";
export type { RecoveryPreview } from "./services/preview-recovery.ts";
export type { RecoverAnswer, RecoverOptions } from "./services/recovery.ts";
export { type CTOWorker, type CTOWorkerOptions, createCTOWorker } from "./worker/cto-worker.ts";
