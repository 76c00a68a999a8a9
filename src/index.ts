/** The library's public face. Importing it starts nothing; `cto-queue/workers` registers the workers. */
export { formatSol } from "./base/sol.ts";
export type { Config } from "./config.ts";
export { describeConfig, readConfig } from "./config.ts";
export { formatTokens } from "./contract/amount.ts";
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
export type { ApiKey, Delivery, Halt, LimitSet, Note, User, Wallet, Webhook } from "./engine/ports.ts";
export { CTOError, type ErrorCode, isCTOError, REGISTRY } from "./errors/index.ts";
export {
  confirmCTOCall,
  createCTOCall,
  getCTOCall,
  getCTOCallTransaction,
  listCTOCalls,
  pledgeToCTOCall,
  returnCTOCallTransaction,
  startCTOCall,
  textOfCTOCallStart,
  textOfCTOPledge,
} from "./jobs/cto-calls.ts";
export {
  type CTONotes,
  createCTOChatCode,
  getCTOChatUser,
  linkCTOChat,
  listCTOChats,
  openCTONotes,
  unlinkCTOChat,
} from "./jobs/cto-chats.ts";
export {
  type CTODecision,
  type CTOLimitChanges,
  createCTOApiKey,
  getCTOHalt,
  getCTOLimits,
  haltCTOSigning,
  listCTOApiKeys,
  resolveCTOStep,
  resumeCTOSigning,
  reviewCTOOperation,
  revokeCTOApiKey,
  rollCTOApiKey,
  setCTOLimits,
} from "./jobs/cto-control.ts";
export {
  cancelCTOJob,
  detectTokenPlatformWithCache,
  enqueueCTOOperation,
  estimateCTOOperation,
  getCTOJobStatus,
  previewCTORecovery,
  recoverCTOFunds,
  retryCTOOperation,
  subscribeToProgress,
} from "./jobs/cto-external.ts";
export {
  type CTOQueueState,
  type CTOStep,
  explainCTOOperation,
  getCTOHealth,
  getCTOMarket,
  getCTOOverview,
  getCTOQueue,
  getCTOTokenDecimals,
  listCTOAudit,
  listCTOEvents,
  listCTOSteps,
  listCTOTokens,
  verifyCTOAudit,
} from "./jobs/cto-insight.ts";
export {
  type CTOOperationFilter,
  type CTOOperationSummary,
  getCTOReceipt,
  listCTOOperations,
  verifyCTOReceipt,
  waitForCTOJob,
} from "./jobs/cto-records.ts";
export { airdropTestSol, createTestToken } from "./jobs/cto-testing.ts";
export {
  type CTOImportOptions,
  createCTOLookupTable,
  declareCTORestore,
  getCTOKeysStatus,
  importCTOBot,
  noteCTOBackup,
  pruneCTORecords,
  rotateCTOKeys,
  viewCTOLookupTables,
} from "./jobs/cto-upkeep.ts";
export {
  addCTOUser,
  attachCTOWallet,
  type CTOSweepPreview,
  type CTOWallet,
  generateCTOWallets,
  getCTOUser,
  importCTOWallet,
  listCTOUsers,
  listCTOWallets,
  previewCTOSweep,
  setCTOWalletDisabled,
  sweepCTOWallets,
} from "./jobs/cto-wallets.ts";
export {
  addCTOWebhook,
  changeCTOWebhook,
  getCTOBalanceAlert,
  listCTODeliveries,
  listCTOWebhooks,
  redeliverCTOWebhook,
  removeCTOWebhook,
  rotateCTOWebhookSecret,
  setCTOBalanceAlert,
  testCTOWebhook,
} from "./jobs/cto-webhooks.ts";
export type { Receipt, Verification } from "./receipts/index.ts";
export type { CTOContext } from "./runtime/context.ts";
export { closeAll, openOwnContext as openContext } from "./runtime/default-context.ts";
export type { Announcement } from "./services/calls/create-call.ts";
export type { ToStart } from "./services/calls/start.ts";
export type { CallView, MemberView } from "./services/calls/view.ts";
export type { ChatCode, LinkedChat } from "./services/chats.ts";
export type { RecoveryPreview } from "./services/preview-recovery.ts";
export type { RecoverAnswer, RecoverOptions } from "./services/recovery.ts";
export type { BalanceAlert } from "./services/webhooks/balance-alerts.ts";
export type { WebhookRequest } from "./services/webhooks/registry.ts";
export { type CTOWorker, type CTOWorkerOptions, createCTOWorker } from "./worker/cto-worker.ts";
