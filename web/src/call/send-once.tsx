/**
 * Asks a wallet that can only sign and send, once. Such a wallet may replace the blockhash, so the same transaction
 * could buy a second time: the server hands it out once, and this page asks for it once.
 */
import { useState } from "preact/hooks";
import { useAction } from "../parts/use-action.ts";
import { isClosed, isElsewhere, isUnproved, type ToSign } from "./handed-out.ts";
import { readNow } from "./live.ts";
import { type MemberProps, transactionPath } from "./member-props.ts";
import { askedToSend, handedOnce, isDurable } from "./memory.ts";
import { CallProblem } from "./problem.tsx";
import { signAndSend } from "./sign.ts";
import { keptRequest, SignRequest } from "./statement.tsx";
import { useToSign } from "./to-sign.ts";
import { useMusterOver } from "./use-muster-over.ts";
import { WhatWillBeSigned } from "./what-will-be-signed.tsx";

const NoMemory = () => (
  <p class="says">
    This browser stores nothing for this page, so a reopened page could ask your wallet again and buy twice.
    Allow storage for this site, and reload the page. Until then your wallet is asked for nothing.
  </p>
);

const Elsewhere = () => (
  <p class="says" role="status">
    <strong>Your transaction was handed out before, and not to this page.</strong> Send it from the browser
    that has it. It is handed out once, because your wallet could otherwise buy twice. If no page of yours has
    it, this wallet does not buy, and loses nothing.
  </p>
);

type ToSend = { toSign: ToSign; closed: boolean };

function SendButton({ call, muster, member, connected, toSign, closed }: MemberProps & ToSend) {
  const { busy, problem, run } = useAction();
  const memory = askedToSend(call.callId, member.wallet);
  const [isAsked, setAsked] = useState(memory.get() !== null);
  const { over, askAgain } = useMusterOver(muster.endsAt);
  const send = (): Promise<void> =>
    run(async () => {
      if (memory.get() !== null) return setAsked(true);
      if (askAgain()) return;
      memory.set(toSign.memo);
      setAsked(true);
      await signAndSend(connected, toSign.transaction, call.terms.cluster);
      await readNow();
    });
  if (isAsked)
    return (
      <>
        <CallProblem of={problem} />
        <p class="says" role="status">
          Your wallet was asked to sign and send it.{" "}
          {!busy &&
            "The page does not ask a second time: that might buy again. It shows the transaction once it has landed."}
        </p>
      </>
    );
  if (over || call.ended !== null)
    return (
      <p class="says" role="status">
        The muster has ended, so it is too late to send it. Your wallet was not asked, and nothing of yours
        was sent.
      </p>
    );
  if (closed)
    return (
      <p class="says" role="status">
        The time to send it is over. Your wallet was not asked, and nothing of yours was sent.
      </p>
    );
  return (
    <div class="row">
      <button type="button" disabled={busy} onClick={() => void send()}>
        Sign and send in my wallet
      </button>
    </div>
  );
}

type ToProve = MemberProps & { onDone: () => void };

const Prove = ({ call, connected, onDone }: ToProve) => (
  <div>
    <p class="says">
      Your wallet can only sign and send, so its transaction is handed out once, and only to the wallet
      itself. Let it sign now that it asks.
    </p>
    <SignRequest call={call} connected={connected} onDone={onDone} />
  </div>
);

export function SendOnce(props: MemberProps) {
  const { call, muster, member } = props;
  const [isKept] = useState(isDurable);
  const kept = (): string | null => keptRequest(call.callId, member.wallet);
  const [proof, setProof] = useState(kept);
  const path = isKept && muster.released && proof !== null ? transactionPath(props) : null;
  const handedOut = useToSign(path, handedOnce(call.callId, member.wallet), proof);
  const { toSign, problem } = handedOut;
  if (!isKept) return <NoMemory />;
  if (toSign === null && (proof === null || isUnproved(handedOut)))
    return <Prove {...props} onDone={() => setProof(kept())} />;
  if (!muster.released)
    return <p class="note">Your wallet can only sign and send. It is asked after the least was sent.</p>;
  if (toSign !== null)
    return (
      <>
        <WhatWillBeSigned {...props} toSign={toSign} />
        <SendButton {...props} toSign={toSign} closed={isClosed(handedOut)} />
      </>
    );
  return isElsewhere(handedOut) ? <Elsewhere /> : <CallProblem of={problem} />;
}
