/**
 * Asks a wallet for its signature, and returns it to the server. It signs nothing by itself, and a second click does
 * nothing.
 */
import { useRef, useState } from "preact/hooks";
import { change, RequestFailed } from "../api/request.ts";
import { useAction } from "../parts/use-action.ts";
import { isClosed, type ToSign } from "./handed-out.ts";
import { readNow } from "./live.ts";
import { type MemberProps, transactionPath } from "./member-props.ts";
import { CallProblem } from "./problem.tsx";
import { signTransaction } from "./sign.ts";
import { useToSign } from "./to-sign.ts";
import { useMusterOver } from "./use-muster-over.ts";
import { WhatWillBeSigned } from "./what-will-be-signed.tsx";

/** How often a signed transaction is returned while the connection is lost. Signing closes within seconds. */
const TRIES = 5;
const TRY_AGAIN_MS = 1_000;

const isUnanswered = (error: unknown): boolean =>
  error instanceof RequestFailed &&
  (error.problem.status === 0 || error.problem.status === 429 || error.problem.status >= 500);

async function giveBack(path: string, transaction: string, tries = TRIES): Promise<void> {
  try {
    await change(path, { transaction });
  } catch (error) {
    if (!isUnanswered(error) || tries <= 1) throw error;
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    await giveBack(path, transaction, tries - 1);
  }
}

export const Returned = () => (
  <div class="says" role="status">
    <p>
      <strong>Your signature is in.</strong> Do not send the transaction yourself. It is sent once enough
      wallets have signed, and not at all otherwise.
    </p>
  </div>
);

const Over = () => (
  <p class="says" role="status">
    The muster has ended, so it is too late to sign. Nothing of yours is sent.
  </p>
);

const Closed = () => (
  <p class="says" role="status">
    Signing has closed for this round, and nothing of yours is sent in it. Keep the page open: if there is a
    second round, it asks you again.
  </p>
);

type ToReturn = { toSign: ToSign; closed: boolean };

function SignButton({ call, muster, member, connected, toSign, closed }: MemberProps & ToReturn) {
  const { busy, problem, run } = useAction();
  /** What the wallet has signed, and the server has not answered yet. */
  const signed = useRef<string | null>(null);
  const [isReturned, setReturned] = useState(false);
  const { over, askAgain } = useMusterOver(muster.endsAt);
  const sign = (): Promise<void> =>
    run(async () => {
      if (askAgain()) return;
      signed.current ??= await signTransaction(connected, toSign.transaction, call.terms.cluster);
      const wire = signed.current;
      try {
        await giveBack(`/v1/calls/${call.callId}/members/${member.wallet}/signed`, wire);
        setReturned(true);
      } catch (error) {
        // A refused one is not returned again; the wallet may sign anew.
        if (!isUnanswered(error)) signed.current = null;
        throw error;
      } finally {
        void readNow();
      }
    });
  if (isReturned) return <Returned />;
  if ((over || call.ended !== null) && !busy)
    return (
      <>
        <CallProblem of={problem} />
        <Over />
      </>
    );
  const label = signed.current === null ? "Sign in my wallet" : "Return it again";
  return (
    <>
      <CallProblem of={problem} />
      {closed && problem === null && !busy && <Closed />}
      <div class="row">
        <button type="button" disabled={busy || closed} onClick={() => void sign()}>
          {busy ? "Waiting for your wallet…" : label}
        </button>
      </div>
    </>
  );
}

/** Of a wallet that signs, until its signature is in. */
export function SignAndReturn(props: MemberProps) {
  const handedOut = useToSign(transactionPath(props));
  const { toSign, problem } = handedOut;
  if (toSign === null) return <CallProblem of={problem} />;
  return (
    <>
      <WhatWillBeSigned {...props} toSign={toSign} />
      <SignButton {...props} toSign={toSign} closed={isClosed(handedOut)} />
    </>
  );
}
