/** Shows the first page: the figures of the last day, and the operations that need a person. */
import type { ComponentChildren } from "preact";
import { isPending, useResource } from "../../api/resource.ts";
import type { Overview } from "../../api/types.ts";
import { formatBps } from "../../format/sol.ts";
import { dateAndClock, duration } from "../../format/time.ts";
import { shorten } from "../../parts/address.tsx";
import { Sol } from "../../parts/amount.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { ReadProblem } from "../../parts/problem.tsx";
import { Progress } from "../../parts/progress.tsx";
import { SkeletonBlock } from "../../parts/skeleton.tsx";
import { Badge } from "../../parts/status.tsx";
import { may, useMe } from "../../session.ts";
import { SpendingChart, TimesChart } from "./charts.tsx";
import { landingOf, shareOf } from "./figures.ts";
import { FirstStepsPanel, useFirstSteps } from "./first-steps.tsx";

const LIVE_MS = 5_000;

type FigureProps = { name: string; children: ComponentChildren; note: ComponentChildren };

const Figure = ({ name, children, note }: FigureProps) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <span class="figure">{children}</span>
      <span class="muted">{note}</span>
    </dd>
  </div>
);

function Figures({ overview }: { overview: Overview }) {
  const { operations, p50Ms, p95Ms, isSample } = overview;
  const { landed, legs, percent } = landingOf(operations);
  const under = operations.filter(({ status }) => status === "active" || status === "waiting").length;
  return (
    <section class="panel" aria-labelledby="day-title">
      <div class="panel-head">
        <h2 id="day-title">The last 24 hours</h2>
        {isSample && <span class="muted">of the newest {operations.length} operations</span>}
      </div>
      <dl class="facts spread">
        <Figure
          name="Operations"
          note={<a href="/app/operations?status=waiting&status=active">{under} under way</a>}
        >
          <a href="/app/operations">{operations.length}</a>
        </Figure>
        <Figure
          name="Landing rate"
          note={
            <a href="/app/operations?status=completed&status=failed">
              {landed} of {legs} wallets
            </a>
          }
        >
          {percent === null ? "none yet" : formatBps(percent * 100)}
        </Figure>
        <Figure name="Half took at most" note="p50, start to end">
          {p50Ms === null ? "none yet" : duration(p50Ms)}
        </Figure>
        <Figure name="19 of 20 took at most" note="p95, start to end">
          {p95Ms === null ? "none yet" : duration(p95Ms)}
        </Figure>
      </dl>
    </section>
  );
}

type NamedProps = { title: string; list: Overview["review"]; all: string; none: string };

const Named = ({ title, list, all, none }: NamedProps) => (
  <div class="block">
    <h3>{list.length === 0 ? title : <a href={all}>{`${title}: ${list.length}`}</a>}</h3>
    {list.length === 0 ? (
      <Badge tone="good" label={none} />
    ) : (
      <ul class="named">
        {list.slice(0, 5).map(({ id, userId, createdAt }) => (
          <li key={id}>
            <a href={`/app/operations/${id}`}>
              <code>{shorten(id, 6)}</code>
            </a>{" "}
            <Name text={userId} /> <span class="muted">{dateAndClock(createdAt)}</span>
          </li>
        ))}
      </ul>
    )}
  </div>
);

const NeedsPerson = ({ overview: { review, incidents } }: { overview: Overview }) => (
  <section class={review.length > 0 ? "panel attention" : "panel"} aria-labelledby="person-title">
    <h2 id="person-title">Needs a person</h2>
    <Named
      title="Cannot be proved"
      list={review}
      all="/app/operations?status=needs_review"
      none="Nothing waits for a decision"
    />
    <Named title="Incidents" list={incidents} all="/app/operations?incidents=true" none="None" />
  </section>
);

const Spenders = ({ overview: { spenders } }: { overview: Overview }) => (
  <section class="panel" aria-labelledby="limits-title">
    <div class="panel-head">
      <h2 id="limits-title">Spent against limits</h2>
      <a href="/app/limits">Limits</a>
    </div>
    {spenders.length === 0 && <p class="muted">Nobody has spent anything.</p>}
    <ul class="spenders">
      {spenders.map(({ userId, dayLamports, maxLamports }) => {
        const share = shareOf(dayLamports, maxLamports);
        return (
          <li key={userId}>
            <a class="clip" title={userId} href={`/app/limits?user=${encodeURIComponent(userId)}`}>
              <Name text={userId} />
            </a>
            <span>
              <Sol lamports={dayLamports} />{" "}
              {maxLamports === null ? (
                <span class="muted">no limit</span>
              ) : (
                <>
                  of <Sol lamports={maxLamports} />
                </>
              )}
            </span>
            {share !== null && (
              <Progress
                value={share}
                label={`Of the day's limit of ${userId}`}
                tone={share >= 90 ? "bad" : share >= 70 ? "warn" : "good"}
              />
            )}
          </li>
        );
      })}
    </ul>
    <p class="muted">Spending and costs of the last 24 hours, as the limits count them.</p>
  </section>
);

/** The percentage of failed calls above which we mark an endpoint. A few failed calls are normal. */
const FAILING_PERCENT = 5;

const Endpoints = ({ endpoints }: { endpoints: NonNullable<Overview["endpoints"]> }) => (
  <section class="panel" aria-labelledby="endpoints-title">
    <div class="panel-head">
      <h2 id="endpoints-title">Endpoints</h2>
      <a href="/app/queue">Queue, journal, cluster</a>
    </div>
    {endpoints.length === 0 && <p class="muted">This server has not reached a cluster yet.</p>}
    <ul class="spenders hosts">
      {endpoints.map(({ host, calls, failures, rateLimited }) => {
        const failing = calls > 0 && (failures / calls) * 100 > FAILING_PERCENT;
        return (
          <li key={host}>
            <code>{host}</code>
            {calls === 0 ? (
              <Badge tone="idle" label="Not called yet" />
            ) : (
              <Badge tone={failing ? "warn" : "good"} label={failing ? "Failing" : "Answers"} />
            )}
            <span class="muted">
              {calls} calls, {failures} failed, {rateLimited} refused as too many
            </span>
          </li>
        );
      })}
    </ul>
    <p class="muted">As seen by this server since it started.</p>
  </section>
);

function Content({ overview }: { overview: Overview }) {
  const { operations, since, endpoints } = overview;
  return (
    <>
      <div class="pair">
        <NeedsPerson overview={overview} />
        <Spenders overview={overview} />
      </div>
      <Figures overview={overview} />
      <div class="pair">
        <SpendingChart operations={operations} since={since} />
        <TimesChart operations={operations} since={since} p50Ms={overview.p50Ms} p95Ms={overview.p95Ms} />
      </div>
      {endpoints && <Endpoints endpoints={endpoints} />}
    </>
  );
}

export function OverviewPage() {
  const me = useMe();
  const overview = useResource<Overview>("/v1/overview", LIVE_MS);
  const first = useFirstSteps(overview.data && overview.data.operations.length === 0);
  const create = may(me, "operate") && (
    <a class="button primary" href="/app/operations/new">
      New operation
    </a>
  );
  return (
    <Page title="Overview" actions={create}>
      <ReadProblem of={overview} />
      {(isPending(overview) || first.areDue) && <SkeletonBlock lines={8} />}
      {first.steps.length > 0 && !first.areDue && <FirstStepsPanel steps={first.steps} />}
      {overview.data && !first.areDue && <Content overview={overview.data} />}
    </Page>
  );
}
