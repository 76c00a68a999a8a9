/**
 * Remembers in this browser what a reopened page cannot know from the server: which wallet was used, a statement that
 * was signed and not answered, and whether a wallet was asked to send. It holds no keys and no signed purchase. Without
 * storage, the page still works until it is closed.
 */

const fallback = new Map<string, string>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? fallback.get(key) ?? null;
  } catch {
    return fallback.get(key) ?? null;
  }
}

function write(key: string, value: string | null): void {
  if (value === null) fallback.delete(key);
  else fallback.set(key, value);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // The storage is full or forbidden.
  }
}

/** Whether what is written here outlives this page. */
export function isDurable(): boolean {
  const probe = "cto-call-probe";
  try {
    localStorage.setItem(probe, probe);
    const isKept = localStorage.getItem(probe) === probe;
    localStorage.removeItem(probe);
    return isKept;
  } catch {
    return false;
  }
}

export type Slot = { get(): string | null; set(value: string | null): void };

const slot = (key: string): Slot => ({ get: () => read(key), set: (value) => write(key, value) });

/** The name of the wallet that was connected last. */
export const usedWallet: Slot = slot("cto-call-wallet");

/** The body of a statement whose answer has not come. */
export const pendingStatement = (callId: string, address: string): Slot =>
  slot(`cto-call:${callId}:${address}:statement`);

/** The signed request with which a wallet that only sends asks for its transaction. It can spend nothing. */
export const signedRequest = (callId: string, address: string): Slot =>
  slot(`cto-call:${callId}:${address}:request`);

/** Set before a wallet is asked to sign and send: it is asked once, because a second time might buy again. */
export const askedToSend = (callId: string, address: string): Slot =>
  slot(`cto-call:${callId}:${address}:asked-to-send`);

/** What was handed to a wallet that only sends. The server hands it out once, so a reopened page needs it from here. */
export const handedOnce = (callId: string, address: string): Slot =>
  slot(`cto-call:${callId}:${address}:handed`);

/** The caller's signed announcement, which may be sent again until it is final. It is a memo alone. */
export const signedAnnouncement = (callId: string): Slot => slot(`cto-call:${callId}:announcement`);
