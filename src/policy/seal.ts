/**
 * Seals a verdict to bytes. The seal keeps a private copy. `open` returns exactly the bytes that the policy
 * judged, even if the transaction has changed since. It rejects an object that this seal did not create.
 */
import type { ApprovedTransaction } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

export type Seal = {
  seal(messageBytes: Uint8Array): ApprovedTransaction;
  /** Returns the bytes. @throws `CTO_E_POLICY_MISSING` if this seal did not create the transaction */
  open(transaction: ApprovedTransaction): Uint8Array;
};

export const createSeal = (): Seal => {
  const sealed = new WeakMap<object, Uint8Array>();
  return {
    seal(messageBytes) {
      const approved = Object.freeze({}) as ApprovedTransaction;
      sealed.set(approved, new Uint8Array(messageBytes));
      return approved;
    },
    open(transaction) {
      const bytes = sealed.get(transaction);
      if (bytes === undefined) throw new CTOError("CTO_E_POLICY_MISSING");
      return new Uint8Array(bytes);
    },
  };
};
