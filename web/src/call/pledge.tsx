/** Lets a member pledge an amount, change it, or withdraw it. */
import { useState } from "preact/hooks";
import { solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownCall, ShownPledge } from "../../../src/server/calls/shown-call.ts";
import { parseSol } from "../format/sol.ts";
import type { Connected } from "./account.ts";
import { whyNotAmount } from "./bounds.ts";
import { SignStatement, statementOf } from "./statement.tsx";

type Props = { call: ShownCall; connected: Connected };

const plainSol = (lamports: string): string => solOf(lamports).replace(" SOL", "");

export function PledgeForm({ call, connected, own }: Props & { own: ShownPledge | undefined }) {
  const { leastLamports, mostLamports } = call.terms.perWallet;
  const [amount, setAmount] = useState(plainSol(own?.lamports ?? leastLamports));
  const [statement, setStatement] = useState<ReturnType<typeof statementOf> | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const next = (event: Event): void => {
    event.preventDefault();
    const lamports = parseSol(amount);
    const why = whyNotAmount(call, lamports);
    setWrong(why);
    if (why === null && lamports !== null)
      setStatement(statementOf(call, connected.account.address, lamports));
  };
  if (statement !== null)
    return (
      <SignStatement
        call={call}
        connected={connected}
        statement={statement}
        onDone={() => setStatement(null)}
      />
    );
  return (
    <form onSubmit={next} noValidate>
      <label>
        Amount in SOL
        <input
          inputMode="decimal"
          autocomplete="off"
          value={amount}
          aria-invalid={wrong !== null}
          aria-describedby="amount-bounds"
          onInput={({ currentTarget }) => setAmount(currentTarget.value)}
        />
        <small id="amount-bounds">
          {solOf(leastLamports)} to {solOf(mostLamports)}. The wallet must hold it, fees and rents when the
          muster begins.
        </small>
      </label>
      {wrong !== null && (
        <p class="problem" role="alert">
          {wrong}
        </p>
      )}
      <div class="row">
        <button type="submit">{own === undefined ? "Pledge…" : "Change the pledge…"}</button>
      </div>
    </form>
  );
}

const COVER = {
  true: "Its wallet held enough at the last look, so it counts.",
  false:
    "Its wallet did not hold enough at the last look, so it does not count. Add SOL to the wallet, or pledge less. It needs the amount, fees and rents.",
  null: "Whether its wallet holds enough is looked at within some seconds.",
} as const;

export const PledgeState = ({ own }: { own: ShownPledge }) => (
  <div class="says" role="status">
    <p>
      <strong>You have pledged {solOf(own.lamports)}.</strong>{" "}
      {COVER[String(own.covered) as keyof typeof COVER]}
    </p>
    <p>
      {own.way === "signs"
        ? "Keep this page open, or open it again: when the muster begins, your wallet is asked to sign, for some seconds only."
        : "Your wallet can only sign and send. It takes part after the others were sent, and does not count towards the least."}
    </p>
  </div>
);

export function Withdraw({ call, connected }: Props) {
  const [statement, setStatement] = useState<ReturnType<typeof statementOf> | null>(null);
  if (statement !== null)
    return (
      <SignStatement
        call={call}
        connected={connected}
        statement={statement}
        onDone={() => setStatement(null)}
      />
    );
  return (
    <div class="row">
      <button
        type="button"
        class="quiet"
        onClick={() => setStatement(statementOf(call, connected.account.address))}
      >
        Withdraw…
      </button>
    </div>
  );
}
