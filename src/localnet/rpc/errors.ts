/** Defines JSON-RPC errors with agave's codes and messages (`rpc-client-api/src/custom_error.rs`). */

const RPC_CODES = {
  blockCleanedUp: -32001,
  preflightFailure: -32002,
  signatureVerificationFailure: -32003,
  blockNotAvailable: -32004,
  nodeUnhealthy: -32005,
  slotSkipped: -32007,
  scanError: -32012,
  unsupportedTransactionVersion: -32015,
  minContextSlotNotReached: -32016,
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
} as const;

/** An error that the client receives unchanged. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: keyof typeof RPC_CODES, message: string, data?: unknown) {
    super(message);
    this.code = RPC_CODES[code];
    this.data = data;
  }

  toJSON() {
    return this.data === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, data: this.data };
  }
}

export const invalidParams = (problem: string): RpcError =>
  new RpcError("invalidParams", `Invalid params: ${problem}.`);
