/** Lets the caller publish the hash of the terms with its own wallet. Until then nobody can join. */
import { useEffect, useState } from "preact/hooks";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";
import { change, RequestFailed } from "../api/request.ts";
import { useAction } from "../parts/use-action.ts";
import type { Connected } from "./account.ts";
import { show } from "./live.ts";
import { signedAnnouncement } from "./memory.ts";
import { CallProblem } from "./problem.tsx";
import { signAndSend, signTransaction } from "./sign.ts";

/** What the server confirms: a signed transaction, which it sends, or the signature of one that the wallet has sent. */
type Published = { transaction: string } | { signature: string };

const LOOK_EVERY_MS = 2_000;
/**
 * A blockhash lives for 150 blocks, a minute at the longest slots (400 ms), and a Tower cluster takes some 13 s more until a block
 * is final. What is not final much later never will be.
 */
const PATIENCE_MS = 150_000;

const isNotYet = (error: unknown): boolean =>
  error instanceof RequestFailed &&
  (error.problem.code === "CTO_E_CALL_NOT_ANNOUNCED" ||
    error.problem.status === 0 ||
    error.problem.status >= 500);

/** Names it until it is final. @throws RequestFailed */
async function confirm(callId: string, published: Published): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return show(await change<ShownCall>(`/v1/calls/${callId}/announcement`, published));
    } catch (error) {
      if (!isNotYet(error) || Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function publish(call: ShownCall, connected: Connected): Promise<Published> {
  const { transaction } = await change<{ transaction: string }>(`/v1/calls/${call.callId}/memo`, undefined);
  const { cluster } = call.terms;
  return connected.found.way === "signs"
    ? { transaction: await signTransaction(connected, transaction, cluster) }
    : { signature: await signAndSend(connected, transaction, cluster) };
}

const parsed = (text: string | null): Published | null => {
  try {
    return text === null ? null : (JSON.parse(text) as Published);
  } catch {
    return null;
  }
};

export function Announce({ call, connected }: { call: ShownCall; connected: Connected }) {
  const { busy, problem, run } = useAction();
  const memory = signedAnnouncement(call.callId);
  const [isSent, setSent] = useState(memory.get() !== null);
  const settle = async (published: Published): Promise<void> => {
    try {
      await confirm(call.callId, published);
    } finally {
      memory.set(null);
      setSent(false);
    }
  };
  const sign = (): Promise<void> =>
    run(async () => {
      const published = await publish(call, connected);
      memory.set(JSON.stringify(published));
      setSent(true);
      await settle(published);
    });
  useEffect(() => {
    const kept = parsed(memory.get());
    if (kept !== null) void run(() => settle(kept));
  }, []);
  return (
    <div>
      <h3>Publish your terms</h3>
      <p>
        This is your call. Your wallet publishes the hash of its terms in a memo. It costs the network's fee,
        and moves nothing else. The terms can never be changed afterwards.
      </p>
      <p>Your wallet will be asked to sign a transaction with this memo alone:</p>
      <pre>{call.memo}</pre>
      <CallProblem of={problem} />
      {isSent && (
        <p class="says" role="status">
          It is on its way. It counts once it is final: at once where blocks are final, within about half a
          minute on a Tower cluster.
        </p>
      )}
      <div class="row">
        <button type="button" disabled={busy} onClick={() => void sign()}>
          {busy ? (isSent ? "Waiting for the cluster…" : "Waiting for your wallet…") : "Publish the terms"}
        </button>
      </div>
    </div>
  );
}
