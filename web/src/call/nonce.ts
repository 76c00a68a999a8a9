/** Makes what distinguishes the statements of one wallet. */

const NONCE_BYTES = 18;

export const newNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
