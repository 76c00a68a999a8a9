/**
 * Asks a member for the signature of its own transaction: it shows what will be signed, then asks the wallet, then
 * returns it. It signs nothing by itself, and a second click does nothing.
 */
import { useRef, useState } from "preact/hooks";
import { solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownCall, ShownMember, ShownMuster } from "../../../src/server/calls/shown-call.ts";
import { memberWords } from "../../../src/server/calls/words.ts";
import { change, RequestFailed } from "../api/request.ts";
import { useAction } from "../parts/use-action.ts";
import type { Connected } from "./account.ts";
import { readNow } from "./live.ts";
import { askedToSend, isDurable } from "./memory.ts";
import { Withdraw } from "./pledge.tsx";
import { CallProblem } from "./problem.tsx";
import { signAndSend, signTransaction } from "./sign.ts";
import { isClosed, type ToSign, useToSign } from "./to-sign.ts";
import { WhatWillBeSigned } from "./what-will-be-signed.tsx";

type Props = { call: ShownCall; muster: ShownMuster; member: ShownMember; connected: Connected };

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

type ToReturn = { toSign: ToSign; closed: boolean };

/** Of a wallet that signs. */
function SignAndReturn({ call, member, connected, toSign, closed }: Props & ToReturn) {
  const { busy, problem, run } = useAction();
  /** What the wallet has signed, and the server has not answered yet. */
  const signed = useRef<string | null>(null);
  const [isReturned, setReturned] = useState(false);
  const sign = (): Promise<void> =>
    run(async () => {
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
  return (
    <>
      <CallProblem of={problem} />
      <div class="row">
        <button type="button" disabled={busy || closed} onClick={() => void sign()}>
          {busy
            ? "Waiting for your wallet…"
            : signed.current === null
              ? "Sign in my wallet"
              : "Return it again"}
        </button>
      </div>
    </>
  );
}

const Returned = () => (
  <div class="says" role="status">
    <p>
      <strong>Your signature is in.</strong> Do not send the transaction yourself. It is sent once enough
      wallets have signed, and not at all otherwise.
    </p>
  </div>
);

/** Of a wallet that can only sign and send. It is asked once, because a second time might buy again. */
function SendOnce({ call, member, connected, toSign }: Props & { toSign: ToSign }) {
  const { busy, problem, run } = useAction();
  const memory = askedToSend(call.callId, member.wallet);
  const [isAsked, setAsked] = useState(memory.get() !== null);
  const [isKept] = useState(isDurable);
  const send = (): Promise<void> =>
    run(async () => {
      if (memory.get() !== null) return;
      memory.set(toSign.memo);
      setAsked(true);
      await signAndSend(connected, toSign.transaction, call.terms.cluster);
      await readNow();
    });
  if (!isKept)
    return (
      <p class="note">
        This browser stores nothing for this page, so a reopened page could ask your wallet again and buy
        twice. Allow storage for this site, and reload the page.
      </p>
    );
  return (
    <>
      <CallProblem of={problem} />
      {isAsked ? (
        <p class="says" role="status">
          {busy
            ? "Your wallet was asked to sign and send it."
            : "Your wallet was asked to sign and send it. The page does not ask a second time: that might buy again. It shows the transaction once it has landed."}
        </p>
      ) : (
        <div class="row">
          <button type="button" disabled={busy} onClick={() => void send()}>
            Sign and send in my wallet
          </button>
        </div>
      )}
    </>
  );
}

const mayBeAsked = ({ phase, withdrawn, way }: ShownMember, { round, released }: ShownMuster): boolean => {
  if (withdrawn || round === 0) return false;
  if (way === "sends") return released && (phase === null || phase === "handed_out");
  // After a first round whose attempts are dead, the second one hands out anew.
  return phase === null || phase === "handed_out" || phase === "dead";
};

/** The member's part in a muster. Its key is the round: a question of an earlier round is over. */
export function MemberInMuster(props: Props) {
  const { call, muster, member, connected } = props;
  const isAsked = mayBeAsked(member, muster);
  const handedOut = useToSign(
    isAsked ? `/v1/calls/${call.callId}/members/${member.wallet}/transaction` : null,
  );
  const { toSign, problem } = handedOut;
  const { label, says } = memberWords(member);
  const mayWithdraw = !member.withdrawn && !muster.released;
  return (
    <div>
      <h3>
        You are member {member.leg} of {muster.members.length}, with {solOf(member.lamports)}
      </h3>
      <p role="status">
        <strong>{label}.</strong> {says}
      </p>
      {member.phase === "signed" && <Returned />}
      {member.way === "sends" && !muster.released && (
        <p class="note">Your wallet can only sign and send. It is asked after the least was sent.</p>
      )}
      {toSign !== null && <WhatWillBeSigned toSign={toSign} muster={muster} member={member} />}
      {isAsked && (toSign === null || isClosed(handedOut)) && <CallProblem of={problem} />}
      {toSign !== null && member.way === "signs" && (
        <SignAndReturn {...props} toSign={toSign} closed={isClosed(handedOut)} />
      )}
      {toSign !== null && member.way === "sends" && <SendOnce {...props} toSign={toSign} />}
      {mayWithdraw && <Withdraw call={call} connected={connected} />}
    </div>
  );
}
