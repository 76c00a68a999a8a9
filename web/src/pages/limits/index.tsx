/** Shows and changes the spend limits for everyone and for one user, and shows the user's spending. */
import { useState } from "preact/hooks";
import { isPending, useResource } from "../../api/resource.ts";
import { Sol } from "../../parts/amount.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { ReadProblem } from "../../parts/problem.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { UserPicker, useChosenUser } from "../../parts/user-picker.tsx";
import { may, useMe } from "../../session.ts";
import { LimitDialog } from "./limit-form.tsx";
import { describeLimit, LIMIT_FIELDS, type LimitField, type LimitsAnswer, NOT_SET } from "./limit-set.ts";

/** Returns the limit that applies to the user: the user's own one if it is set, otherwise the one for everyone. */
const holds = ({ own, everyone }: LimitsAnswer, field: LimitField): string =>
  describeLimit(own?.[field] === undefined ? everyone : own, field);

const Said = ({ label, text }: { label: string; text: string }) => (
  <td data-label={label}>{text === NOT_SET ? <span class="muted">{text}</span> : text}</td>
);

function LimitTable({ limits, user }: { limits: LimitsAnswer | null; user: string }) {
  const columns = ["Limit", "For everyone", ...(user === "" ? [] : [`For ${user}`, "What holds"])];
  return (
    <Scroll label="Limits" busy={limits === null}>
      <table class="cards even">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                <Name text={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {limits === null ? (
            <SkeletonRows rows={LIMIT_FIELDS.length} columns={columns.length} />
          ) : (
            LIMIT_FIELDS.map(({ field, label }) => (
              <tr key={field}>
                <th scope="row">{label}</th>
                <Said label="For everyone" text={describeLimit(limits.everyone, field)} />
                {user !== "" && <Said label={`For ${user}`} text={describeLimit(limits.own, field)} />}
                {user !== "" && <Said label="What holds" text={holds(limits, field)} />}
              </tr>
            ))
          )}
        </tbody>
      </table>
    </Scroll>
  );
}

export function LimitsPage() {
  const me = useMe();
  const user = useChosenUser();
  const path = user === "" ? "/v1/limits" : `/v1/users/${encodeURIComponent(user)}/limits`;
  const limits = useResource<LimitsAnswer>(path);
  const { data, reload } = limits;
  const [changing, setChanging] = useState<"everyone" | "own" | null>(null);
  const close = (): void => setChanging(null);
  const actions = may(me, "admin") && (
    <>
      {user !== "" && (
        <button type="button" disabled={data === null} onClick={() => setChanging("own")}>
          <span>
            Change for <Name text={user} />…
          </span>
        </button>
      )}
      <button type="button" disabled={data === null} onClick={() => setChanging("everyone")}>
        Change for everyone…
      </button>
    </>
  );
  return (
    <Page title="Limits" actions={actions}>
      <UserPicker page="/app/limits" none="Everyone" />
      <ReadProblem of={limits} />
      {(data !== null || isPending(limits)) && <LimitTable limits={data} user={user} />}
      <p class="muted">
        Limits on SOL count everything that leaves a wallet: what is spent on tokens, and what that costs
        (fees, rents, rent-exempt minimums). It is reserved before anything is signed, and given back only for
        what is provably dead. A user's own limit goes before everyone's.
      </p>
      {data?.spending && (
        <p class="with-id">
          Taken or reserved of <Name text={user} /> within 24 hours:{" "}
          <Sol lamports={data.spending.dayLamports} />, of it <Sol lamports={data.spending.day.spending} />{" "}
          spent on tokens and <Sol lamports={data.spending.day.costs} /> of costs
        </p>
      )}
      {changing === "everyone" && data && (
        <LimitDialog
          title="Limits for everyone"
          path="/v1/limits"
          set={data.everyone}
          onClose={close}
          onDone={reload}
        />
      )}
      {changing === "own" && data && (
        <LimitDialog
          title={`Limits for ${user}`}
          path={path}
          set={data.own}
          onClose={close}
          onDone={reload}
        />
      )}
    </Page>
  );
}
