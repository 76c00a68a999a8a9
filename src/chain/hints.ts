/**
 * Hears over WebSocket that something happened to a signature, and tells the confirmer to look now.
 *
 * A hint is never evidence: it only moves the next look forward. A WebSocket that is broken, silent or lying makes
 * confirmations slower or looks more frequent, and nothing else.
 */
import { createSolanaRpcSubscriptions, type Signature } from "@solana/kit";
import type { Settled } from "../engine/ports.ts";

export type HintOptions = {
  /** `ws://` or `wss://`; without it there are no hints. */
  readonly url: string | undefined;
  readonly onHint: (signature: Signature) => void;
  /** The WebSocket broke: looks must come at their own pace for a while. */
  readonly onBroken: () => void;
};

export type Hints = {
  /** Whether hints are to be expected at present. */
  working(): boolean;
  /** Listens for one signature; the answer stops listening. */
  listen(signature: Signature, commitment: Settled): () => void;
};

/** After a fault the WebSocket is left alone for this long, ms. */
const REST_MS = 10_000;

export function createHints({ url, onHint, onBroken }: HintOptions): Hints {
  const subscriptions = url === undefined ? undefined : createSolanaRpcSubscriptions(url);
  let restingUntil = 0;
  const working = () => subscriptions !== undefined && performance.now() >= restingUntil;

  async function hear(signature: Signature, commitment: Settled, signal: AbortSignal): Promise<void> {
    if (subscriptions === undefined) return;
    try {
      const pending = subscriptions.signatureNotifications(signature, { commitment });
      const notifications = await pending.subscribe({ abortSignal: signal });
      for await (const _ of notifications) return onHint(signature);
      if (!signal.aborted) rest();
    } catch {
      if (!signal.aborted) rest();
    }
  }

  function rest(): void {
    const fresh = working();
    restingUntil = performance.now() + REST_MS;
    if (fresh) onBroken();
  }

  return {
    working,
    listen(signature, commitment) {
      if (!working()) return () => {};
      const controller = new AbortController();
      void hear(signature, commitment, controller.signal);
      return () => controller.abort();
    },
  };
}
