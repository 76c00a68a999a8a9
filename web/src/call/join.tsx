/** Chooses what the visitor's wallet can do now: connect, publish, pledge, withdraw, sign, or read the result. */
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";
import { type Connected, connected } from "./account.ts";
import { Announce } from "./announce.tsx";
import { ChooseWallet, ConnectedWallet } from "./choose-wallet.tsx";
import { call, isLive } from "./live.ts";
import { isStarter } from "./may-start.ts";
import { MemberInMuster } from "./muster.tsx";
import { PledgeForm, PledgeState, Withdraw } from "./pledge.tsx";
import { Start } from "./start.tsx";
import { usePendingStatement } from "./statement.tsx";

type Props = { seen: ShownCall; by: Connected };

function BeforeOpening({ seen, by }: Props) {
  if (seen.announcement === null && seen.terms.caller.wallet === by.account.address)
    return <Announce call={seen} connected={by} />;
  return <p class="note">You can pledge from the opening on. The page changes by itself.</p>;
}

function Pledging({ seen, by }: Props) {
  const own = seen.pledges.find(({ wallet }) => wallet === by.account.address);
  return (
    <>
      {isStarter(seen, by.account.address) && <Start call={seen} connected={by} />}
      {own !== undefined && <PledgeState own={own} />}
      <PledgeForm key={by.account.address} call={seen} connected={by} own={own} />
      {own !== undefined && <Withdraw key={`withdraw ${by.account.address}`} call={seen} connected={by} />}
    </>
  );
}

function Mustering({ seen, by }: Props) {
  const { muster } = seen;
  const member = muster?.members.find(({ wallet }) => wallet === by.account.address);
  if (muster === null || member === undefined)
    return (
      <p class="says">
        This wallet is no member of the muster: it had no covered pledge when it began, or the most was
        reached before it. Nothing is asked of it.
      </p>
    );
  return (
    <MemberInMuster
      key={`${member.wallet} ${muster.round}`}
      call={seen}
      muster={muster}
      member={member}
      connected={by}
    />
  );
}

function WithWallet({ seen, by }: Props) {
  usePendingStatement(seen.callId, by.account.address);
  const { status } = seen;
  return (
    <>
      <ConnectedWallet of={by} />
      {status === "announced" && <BeforeOpening seen={seen} by={by} />}
      {status === "open" && <Pledging seen={seen} by={by} />}
      {status === "mustering" && <Mustering seen={seen} by={by} />}
    </>
  );
}

export function Join() {
  const seen = call.value;
  const by = connected.value;
  if (seen === null) return <p class="note">Reading the call…</p>;
  if (seen.ended !== null)
    return <p class="note">This call is over. Nothing can be joined or signed any more.</p>;
  return (
    <>
      {by === null ? <ChooseWallet /> : <WithWallet key={by.account.address} seen={seen} by={by} />}
      {!isLive.value && <p class="note">The page reads the call again every few seconds.</p>}
    </>
  );
}
