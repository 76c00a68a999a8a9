/** Sets the balances below which a user's webhooks receive `balance.low`. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { isPending, useResource } from "../../api/resource.ts";
import { formatUnits, parseSol } from "../../format/sol.ts";
import { announce } from "../../parts/announcer.tsx";
import { Field } from "../../parts/field.tsx";
import { ProblemNote, ReadProblem } from "../../parts/problem.tsx";
import { SkeletonBlock } from "../../parts/skeleton.tsx";
import { useAction } from "../../parts/use-action.ts";
import type { BalanceAlert } from "./types.ts";

const textOf = (lamports: string | null): string =>
  lamports === null ? "" : formatUnits(lamports, 9).replaceAll("\u202f", "");

/** Returns undefined if the text is no amount. Empty: not watched. */
const lamportsOf = (text: string): string | null | undefined => {
  if (text.trim() === "") return null;
  const lamports = parseSol(text);
  return lamports === null ? undefined : String(lamports);
};

const WANTED = "A positive decimal number with at most nine places";

function Form({ path, alert }: { path: string; alert: BalanceAlert }) {
  const [funding, setFunding] = useState(textOf(alert.fundingLamports));
  const [buyer, setBuyer] = useState(textOf(alert.buyerLamports));
  const { busy, problem, run } = useAction();
  const fundingLamports = lamportsOf(funding);
  const buyerLamports = lamportsOf(buyer);
  const isValid = fundingLamports !== undefined && buyerLamports !== undefined;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isValid) return;
    void run(async () => {
      await change(path, { fundingLamports, buyerLamports }, { method: "PUT" });
      announce("The thresholds are set");
    });
  };
  return (
    <form class="filters" onSubmit={submit}>
      <div class="filters-first">
        <Field
          label="Funding wallets below, SOL"
          placeholder="not watched"
          inputMode="decimal"
          value={funding}
          onValue={setFunding}
          error={fundingLamports === undefined ? WANTED : null}
        />
        <Field
          label="Buyers below, SOL"
          placeholder="not watched"
          inputMode="decimal"
          value={buyer}
          onValue={setBuyer}
          error={buyerLamports === undefined ? WANTED : null}
        />
        <button type="submit" aria-busy={busy} disabled={!isValid}>
          Set thresholds
        </button>
      </div>
      {problem && <ProblemNote problem={problem} />}
    </form>
  );
}

export function Balances({ user }: { user: string }) {
  const path = `/v1/users/${encodeURIComponent(user)}/balance-alert`;
  const alert = useResource<BalanceAlert>(path);
  return (
    <section class="block" aria-label="Low balances">
      <h2>Low balances</h2>
      <p class="muted">
        Webhooks receive balance.low once when a wallet falls below, and again only after it was above.
      </p>
      <ReadProblem of={alert} />
      {isPending(alert) && <SkeletonBlock lines={3} />}
      {alert.data && <Form key={user} path={path} alert={alert.data} />}
    </section>
  );
}
