/**
 * Subscribes to signatures over WebSocket. A notification makes the confirmer's next poll earlier.
 *
 * A hint is never evidence. A WebSocket that is broken, silent or wrong can only make confirmations slower or polls more
 * frequent.
 */
import { createSolanaRpcSubscriptions, type Signature } from "@solana/kit";
import type { Settled } from "../engine/ports.ts";

export type HintOptions = {
  /** `ws://` or `wss://`; without it there are no hints. */
  readonly url: string | undefined;
  readonly onHint: (signature: Signature) => void;
  /** Called when the WebSocket fails: no hints come for a while, so the caller must poll more often. */
  readonly onBroken: () => void;
};

export type Hints = {
  /** Whether hints can arrive now. */
  working(): boolean;
  /** Subscribes to one signature. Returns a function that ends the subscription. */
  listen(signature: Signature, commitment: Settled): () => void;
};

/** The pause after a fault before we use the WebSocket again, ms. */
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
