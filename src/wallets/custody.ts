/** Determines where a wallet's private key is, from the text that the directory stores for the wallet. */
import { looksSealed } from "./seal-text.ts";

export type Custody =
  /** The text contains the key, sealed. */
  | { readonly kind: "sealed" }
  /** An outside signer, such as a key-management service, has the key; the reference identifies the key there. */
  | { readonly kind: "signer"; readonly name: string; readonly reference: string }
  /** The text contains the key in clear, or as another program encrypts it. Someone wrote it there by hand. */
  | { readonly kind: "unsealed" };

const SIGNER = /^signer:([a-z][a-z0-9-]{0,31}):(.+)$/s;

export function custodyOf(stored: string): Custody {
  if (looksSealed(stored)) return { kind: "sealed" };
  const [, name, reference] = SIGNER.exec(stored) ?? [];
  return name !== undefined && reference !== undefined
    ? { kind: "signer", name, reference }
    : { kind: "unsealed" };
}
