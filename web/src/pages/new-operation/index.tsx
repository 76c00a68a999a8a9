/**
 * Creates a new operation: a form, and beside it what the operation would buy and cost now. The operation can be
 * created only after an estimate.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { change } from "../../api/request.ts";
import { useResource } from "../../api/resource.ts";
import type { Me, OperationDetail, Wallet } from "../../api/types.ts";
import { Field, Select } from "../../parts/field.tsx";
import { NewTokenButton, useFree } from "../../parts/localnet.tsx";
import { Page } from "../../parts/page.tsx";
import { ProblemNote, ReadProblem, Warning } from "../../parts/problem.tsx";
import { useAction } from "../../parts/use-action.ts";
import { UserSearch } from "../../parts/user-search.tsx";
import { may, useMe } from "../../session.ts";
import {
  type Draft,
  describeMissing,
  draftErrors,
  emptyDraft,
  forgetDraft,
  forgetKey,
  keepDraft,
  keptDraft,
  keyOf,
  PLATFORMS,
  toRequest,
} from "./draft.ts";
import { EstimateFacts, EstimateWarnings, Split } from "./estimate-panel.tsx";
import { type Estimated, useEstimate } from "./use-estimate.ts";
import { WalletChoice } from "./wallet-choice.tsx";

type Set = <Name extends keyof Draft>(name: Name) => (value: Draft[Name]) => void;
type FormProps = { draft: Draft; set: Set };

/**
 * A key that may list users gets a list, another key gets a text field, and a key that is bound to a user shows that
 * user.
 */
function UserChoice({ draft, set, me }: FormProps & { me: Me }) {
  if (me.key.userId !== null)
    return <Field label="User" value={me.key.userId} disabled onValue={set("userId")} />;
  if (!may(me, "admin")) return <Field label="User" value={draft.userId} onValue={set("userId")} required />;
  return <UserSearch label="User" value={draft.userId} none="Choose…" choosesOnly onChoose={set("userId")} />;
}

const MODES = [
  { mode: "standard", text: "standard: the funding wallet pays, transfer and buy in one transaction" },
  { mode: "prefunded", text: "prefunded: each wallet pays from its own balance" },
] as const;

const ModeChoice = ({ draft, set }: FormProps) => (
  <fieldset>
    <legend>Mode</legend>
    {MODES.map(({ mode, text }) => (
      <label key={mode} class="choice">
        <input type="radio" name="mode" checked={draft.mode === mode} onChange={() => set("mode")(mode)} />
        <span>{text}</span>
      </label>
    ))}
  </fieldset>
);

type Bound =
  | "slippageBps"
  | "maxPriceImpactBps"
  | "maxPrice"
  | "maxPriceDeviationBps"
  | "maxTransferFeeBps"
  | "priority"
  | "parallelism"
  | "userChatId";

function Options({ draft, set }: FormProps) {
  const errors = draftErrors(draft);
  const field = (name: Bound) => ({
    value: draft[name],
    onValue: set(name),
    error: errors[name],
    inputMode: name === "maxPrice" ? ("decimal" as const) : ("numeric" as const),
  });
  return (
    <details>
      <summary>Limits and scheduling</summary>
      <div class="fields">
        <Field
          label="Slippage, bps"
          hint="The least a wallet accepts below its quote"
          placeholder="the server's"
          {...field("slippageBps")}
        />
        <Field
          label="Price impact limit, bps"
          hint="Of the whole operation"
          placeholder="none"
          {...field("maxPriceImpactBps")}
        />
        <Field
          label="Maximum price, SOL per token"
          hint="No wallet pays more, fees included"
          placeholder="none"
          {...field("maxPrice")}
        />
        <Field
          label="Dearer than the second source, bps"
          hint="A pool that anyone could have opened, or the aggregator itself"
          placeholder="the server's"
          {...field("maxPriceDeviationBps")}
        />
        <Field
          label="Transfer fee of the mint, bps"
          hint="The most that it may take"
          placeholder="1000"
          {...field("maxTransferFeeBps")}
        />
        <Field label="Priority" hint="0 comes first, then 1, 2 and so on" {...field("priority")} />
        <Field
          label="Parallelism"
          hint="Legs in flight at once"
          placeholder="the server's"
          {...field("parallelism")}
        />
        <Field label="Telegram chat" hint="0: none" {...field("userChatId")} />
      </div>
    </details>
  );
}

/** Returns why the button is disabled, in words; null if it is enabled. */
function whyNot(request: string | null, missing: string, { estimate, problem }: Estimated): string | null {
  if (request === null) return missing;
  if (problem?.status === 0) return "No connection: the estimate is tried again by itself.";
  if (problem !== null) return "It would be refused, see below.";
  if (estimate === null) return "Estimating…";
  return estimate.shortOfFunds.length > 0 ? "Some wallets are short of funds, see below." : null;
}

const userOf = (request: string | null): string | undefined =>
  request === null ? undefined : (JSON.parse(request) as { userId: string }).userId;

/** @param missing what keeps the form from being a request, in words */
function Creation({ request, missing }: { request: string | null; missing: string }) {
  const me = useMe();
  const { route } = useLocation();
  const estimated = useEstimate(request);
  const { busy, problem, run } = useAction();
  const created = useRef<string | null>(null);
  // Until this page is left, a second click returns the operation of the first one.
  useEffect(
    () => () => {
      if (created.current !== null) forgetKey(created.current);
    },
    [],
  );
  const reason = whyNot(request, missing, estimated);
  const create = (): Promise<void> =>
    run(async () => {
      if (request === null || reason !== null) return;
      const body: unknown = JSON.parse(request);
      const { id } = await change<OperationDetail>("/v1/operations", body, {
        headers: { "Idempotency-Key": keyOf(request) },
      });
      created.current = request;
      forgetDraft();
      route(`/app/operations/${id}`);
    });
  return (
    <section class="panel estimate" aria-labelledby="estimate-title">
      <h2 id="estimate-title">Estimate</h2>
      <EstimateFacts estimate={estimated.estimate} />
      <div class="actions">
        <button
          type="button"
          class="primary"
          aria-disabled={reason !== null || busy}
          aria-busy={busy}
          aria-describedby="why-not"
          onClick={create}
        >
          {busy ? "Creating…" : "Create operation"}
        </button>
        <span id="why-not" class="muted" role="status">
          {reason ?? "Public: every transaction carries this operation's memo."}
        </span>
      </div>
      {problem && <ProblemNote problem={problem} user={userOf(request)} />}
      {me.halted && <Warning>Halted: it would be accepted, and wait until the halt is lifted.</Warning>}
      {estimated.problem && estimated.problem.status !== 0 && (
        <ProblemNote problem={estimated.problem} user={userOf(request)} />
      )}
      {estimated.estimate && <EstimateWarnings estimate={estimated.estimate} onFunded={estimated.again} />}
      {estimated.estimate && <Split estimate={estimated.estimate} />}
    </section>
  );
}

/** Whether the user comes from a list or from the key, and is not typed. */
const isChosen = (me: Me): boolean => me.key.userId !== null || may(me, "admin");

/** The form as it was left, or an empty one. A link to this page may name the user. */
function firstDraft({ key }: Me, linked: string | undefined): Draft {
  const kept = keptDraft(key.id);
  const user = key.userId ?? linked;
  if (kept !== null && (user === undefined || user === kept.userId)) return kept;
  return emptyDraft(user ?? "");
}

export function NewOperationPage() {
  const me = useMe();
  const { query } = useLocation();
  const [draft, setDraft] = useState<Draft>(() => firstDraft(me, query.user));
  useEffect(() => keepDraft(me.key.id, draft), [draft]);
  const set: Set = (name) => (value) =>
    setDraft((before) => ({
      ...before,
      [name]: value,
      ...(name === "userId" ? { leftOut: [], weights: {} } : {}),
    }));
  // Spaces around a typed id are slips. A chosen id is exact, and may end with one.
  const user = isChosen(me) ? draft.userId : draft.userId.trim();
  const wallets = useResource<{ wallets: Wallet[] }>(
    user === "" ? null : `/v1/users/${encodeURIComponent(user)}/wallets?balances=true`,
  );
  const buyers = (wallets.data?.wallets ?? []).filter(({ role, disabled }) => role === "buyer" && !disabled);
  // Before the wallets are read, a request could not name those that take part.
  const isRead = wallets.data !== null;
  const body = isRead
    ? toRequest(
        { ...draft, userId: user },
        buyers.map(({ id }) => id),
      )
    : null;
  const missing = user !== "" && !isRead ? "Reading the user's wallets…" : describeMissing(draft);
  const leftOut = buyers.filter(({ id }) => draft.leftOut.includes(id)).length;
  const errors = draftErrors(draft);
  const isFree = useFree();
  return (
    <Page title="New operation">
      <div class="pair form-pair">
        <form class="panel" onSubmit={(event) => event.preventDefault()}>
          <UserChoice draft={draft} set={set} me={me} />
          {user !== "" && <ReadProblem of={wallets} user={user} />}
          <Field
            label="Token"
            placeholder="Mint address"
            value={draft.tokenAddress}
            onValue={set("tokenAddress")}
            error={errors.tokenAddress}
            required
          />
          {isFree && (
            <div class="actions">
              <NewTokenButton onMade={set("tokenAddress")} />
            </div>
          )}
          <Field
            label="Amount, SOL"
            hint="Over all wallets; fees and rents come on top"
            value={draft.amount}
            onValue={set("amount")}
            error={errors.amount}
            inputMode="decimal"
            required
          />
          <ModeChoice draft={draft} set={set} />
          <Select
            label="Platform"
            hint="A preference: it holds when that venue trades the token"
            value={draft.platform}
            options={PLATFORMS}
            onValue={set("platform")}
          />
          <details>
            <summary>
              Wallets and shares
              {buyers.length > 0 && `: ${buyers.length - leftOut} of ${buyers.length} wallets`}
            </summary>
            {buyers.length === 0 ? (
              <p class="muted">
                {user === "" ? (
                  "Choose the user first."
                ) : (
                  <>
                    This user has no wallet that may buy.{" "}
                    <a href={`/app/wallets?user=${encodeURIComponent(user)}`}>Wallets</a>
                  </>
                )}
              </p>
            ) : (
              <WalletChoice draft={draft} buyers={buyers} onChange={setDraft} />
            )}
          </details>
          <Options draft={draft} set={set} />
        </form>
        <Creation request={body === null ? null : JSON.stringify(body)} missing={missing} />
      </div>
    </Page>
  );
}
