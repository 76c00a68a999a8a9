/** Exports the public receipts and their verification against the chain alone. */
export { type ChainReader, createChainReader } from "./chain-reader.ts";
export { createFailoverReader, verifyAtEndpoints } from "./endpoints.ts";
export { findFunder } from "./funder.ts";
export { loadReceipt } from "./load.ts";
export { createReceipt } from "./receipt.ts";
export type { Receipt, ReceiptCall, ReceiptLeg } from "./types.ts";
export { type Verification, verifyReceipt } from "./verify.ts";
