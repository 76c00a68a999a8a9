/** Where the private key of a wallet is. The text that the directory keeps for it tells. */
import { looksSealed } from "./seal-text.ts";

export type Custody =
  /** In that text, sealed. */
  | { readonly kind: "sealed" }
  /** With a signer outside, such as a key-management service, which knows it by the reference. */
  | { readonly kind: "signer"; readonly name: string; readonly reference: string }
  /** In that text, in clear or as another program encrypts: somebody put it there. */
  | { readonly kind: "unsealed" };

const SIGNER = /^signer:([a-z][a-z0-9-]{0,31}):(.+)$/s;

export function custodyOf(stored: string): Custody {
  if (looksSealed(stored)) return { kind: "sealed" };
  const [, name, reference] = SIGNER.exec(stored) ?? [];
  return name !== undefined && reference !== undefined
    ? { kind: "signer", name, reference }
    : { kind: "unsealed" };
}
