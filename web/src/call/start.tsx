/** Lets the caller start the muster, where the terms leave its beginning to the caller: it shows a text, and the wallet signs it. */
import { useState } from "preact/hooks";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";
import { change, get } from "../api/request.ts";
import { useAction } from "../parts/use-action.ts";
import type { Connected } from "./account.ts";
import { show } from "./live.ts";
import { whyNotStart } from "./may-start.ts";
import { CallProblem } from "./problem.tsx";
import { signText } from "./sign.ts";

/** What the wallet signs, as the server has it. It is valid for minutes, and may be brought once. */
type ToStart = { readonly start: Readonly<Record<string, string>>; readonly text: string };

export function Start({ call, connected }: { call: ShownCall; connected: Connected }) {
  const { busy, problem, run } = useAction();
  const [asked, setAsked] = useState<ToStart | null>(null);
  const path = `/v1/calls/${call.callId}/start`;
  const read = (): Promise<void> => run(async () => setAsked(await get<ToStart>(path)));
  const sign = ({ start, text }: ToStart): Promise<void> =>
    run(async () => {
      const signature = await signText(connected, text);
      // Also if it is refused: its text is used up.
      setAsked(null);
      show(await change<ShownCall>(path, { start, signature }));
    });
  const missing = whyNotStart(call);
  return (
    <div>
      <h3>Start the muster</h3>
      <p>
        This is your call, and its muster begins when you start it. Its members are then asked to sign at
        once, for as long as the terms say.
      </p>
      {missing !== null && <p class="note">{missing}</p>}
      {asked !== null && (
        <>
          <p>Your wallet will be asked to sign this message, and no transaction. It spends nothing.</p>
          <pre>{asked.text}</pre>
        </>
      )}
      <CallProblem of={problem} />
      <div class="row">
        {asked === null ? (
          <button type="button" disabled={busy || missing !== null} onClick={() => void read()}>
            Start the muster…
          </button>
        ) : (
          <>
            <button type="button" disabled={busy} onClick={() => void sign(asked)}>
              {busy ? "Waiting for your wallet…" : "Sign this message"}
            </button>
            <button type="button" class="quiet" disabled={busy} onClick={() => setAsked(null)}>
              Back
            </button>
          </>
        )}
      </div>
    </div>
  );
}
