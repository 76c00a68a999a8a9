/** Shows a member its part in a muster: what its wallet is asked for, and how it stands. */
import { useEffect, useRef } from "preact/hooks";
import { solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownMember, ShownMuster } from "../../../src/server/calls/shown-call.ts";
import { memberWords } from "../../../src/server/calls/words.ts";
import type { MemberProps } from "./member-props.ts";
import { Withdraw } from "./pledge.tsx";
import { SendOnce } from "./send-once.tsx";
import { Returned, SignAndReturn } from "./sign-and-return.tsx";

/** Whether there is, or soon may be, something for the wallet to do. */
const isAsked = ({ phase, withdrawn }: ShownMember, { round }: ShownMuster): boolean =>
  !withdrawn && round > 0 && (phase === null || phase === "handed_out");

/** Its key is the round: a question of an earlier round is over. */
export function MemberInMuster(props: MemberProps) {
  const { call, muster, member, connected } = props;
  const part = useRef<HTMLDivElement>(null);
  const asks = isAsked(member, muster);
  // Signing closes within seconds, and on a phone the terms stand above.
  useEffect(() => {
    if (asks) part.current?.scrollIntoView({ block: "start" });
  }, [asks]);
  const { label, says } = memberWords(member, call.ended !== null);
  const Ask = member.way === "sends" ? SendOnce : SignAndReturn;
  return (
    <div ref={part}>
      <h3>
        You are member {member.leg} of {muster.members.length}, with {solOf(member.lamports)}
      </h3>
      <p role="status">
        Your wallet: <strong>{label}.</strong> {says}
      </p>
      {member.phase === "signed" && <Returned />}
      {member.phase === "dead" && !member.withdrawn && (
        <p class="note">If there is a second round, this page asks your wallet again. Keep it open.</p>
      )}
      {asks && <Ask {...props} />}
      {!member.withdrawn && !muster.released && <Withdraw call={call} connected={connected} />}
    </div>
  );
}
