/** The library's public face. Importing it starts nothing; `cto-queue/workers` registers the workers. */
export type { Config } from "./config.ts";
export { describeConfig, readConfig } from "./config.ts";
export { CTOError, type ErrorCode, isCTOError, REGISTRY } from "./errors/index.ts";
export { type CTOContext, openContext } from "./jobs/context.ts";
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
export { type CTOWorker, type CTOWorkerOptions, createCTOWorker } from "./jobs/cto-worker.ts";
export { closeAll } from "./jobs/default-context.ts";
export type { RecoveryPreview } from "./jobs/preview-recovery.ts";
export type { RecoverAnswer, RecoverOptions } from "./jobs/recovery.ts";
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
} from "./jobs/types.ts";
