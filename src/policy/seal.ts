/**
 * Seals a verdict to bytes. What is sealed is a copy that nobody else holds: whoever opens it gets the very bytes that
 * were judged, whatever has happened to the transaction since. A look-alike opens nothing.
 */
import type { ApprovedTransaction } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

export type Seal = {
  seal(messageBytes: Uint8Array): ApprovedTransaction;
  /** The bytes. @throws `CTO_E_POLICY_MISSING` when this seal did not make it */
  open(transaction: ApprovedTransaction): Uint8Array;
};

export const createSeal = (): Seal => {
  const sealed = new WeakMap<object, Uint8Array>();
  return {
    seal(messageBytes) {
      const approved = Object.freeze({}) as ApprovedTransaction;
      sealed.set(approved, Uint8Array.from(messageBytes));
      return approved;
    },
    open(transaction) {
      const bytes = sealed.get(transaction);
      if (bytes === undefined) throw new CTOError("CTO_E_POLICY_MISSING");
      return Uint8Array.from(bytes);
    },
  };
};
