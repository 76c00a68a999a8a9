/** Shows whether the services that an operation needs are ready: the queue, the journal, the cluster. */
import { get } from "../api/request.ts";
import { isPending, type Resource, useResource } from "../api/resource.ts";
import type { QueueHealth, Readiness } from "../api/types.ts";
import { Page } from "../parts/page.tsx";
import { ReadProblem, Warning } from "../parts/problem.tsx";
import { SkeletonBlock } from "../parts/skeleton.tsx";
import { Badge } from "../parts/status.tsx";
import { may, useMe } from "../session.ts";

const LIVE_MS = 3_000;

const NAMES: Readonly<Record<string, string>> = {
  waiting: "Waiting",
  active: "Active",
  delayed: "Delayed",
  prioritized: "Waiting, prioritised",
  "waiting-children": "Waiting for others",
  paused: "Paused",
  completed: "Completed, still kept",
  failed: "Failed, still kept",
};

const CHECKS: Readonly<Record<string, string>> = {
  journal: "Journal",
  queue: "Queue",
  cluster: "Solana cluster",
};

/** A server that is not ready answers 503, with the same body. */
const readReadiness = (path: string, signal: AbortSignal): Promise<Readiness> =>
  get<Readiness>(path, signal, 503);

function Checks({ readiness }: { readiness: Readiness }) {
  return (
    <dl class="facts">
      {Object.entries(readiness.checks).map(([name, { ok, error }]) => (
        <div key={name}>
          <dt>{CHECKS[name] ?? name}</dt>
          <dd>
            <Badge tone={ok ? "good" : "bad"} label={ok ? "Ready" : "Not ready"} />
            {error && <p class="muted">{error}</p>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The view of single jobs, which another library draws. It is for admins. */
const BOARD = "/admin/queues/queue/cto";
const boardOf = (status: string): string => `${BOARD}?status=${encodeURIComponent(status)}`;
/** The states that the view has a list for, in the order of the page. */
const LISTED = [
  "active",
  "waiting",
  "prioritized",
  "delayed",
  "waiting-children",
  "paused",
  "failed",
  "completed",
];

/** What waits and what runs comes first. */
const inOrder = (counts: QueueHealth["counts"]): [string, number][] => {
  const rank = (name: string): number => (LISTED.includes(name) ? LISTED.indexOf(name) : LISTED.length);
  return Object.entries(counts).toSorted(([one], [other]) => rank(one) - rank(other));
};

function Counts({ queue, linked }: { queue: QueueHealth; linked: boolean }) {
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Kept in</dt>
          <dd>{queue.backend === "redis" ? "Redis" : "PostgreSQL"}</dd>
        </div>
        <div>
          <dt>Workers</dt>
          <dd>{queue.workers ?? "not known"}</dd>
        </div>
        {inOrder(queue.counts).map(([name, count]) => (
          <div key={name}>
            <dt>{NAMES[name] ?? name}</dt>
            <dd class="figure">
              {linked && LISTED.includes(name) ? <a href={boardOf(name)}>{count}</a> : count}
            </dd>
          </div>
        ))}
      </dl>
      {queue.workers === 0 && (
        <Warning>
          <p>No worker listens: what waits goes on waiting until whoever runs the server starts one.</p>
        </Warning>
      )}
    </>
  );
}

/** Without a connection, the last reading stays, and the bar at the bottom of the page says from when it is. */
const Readings = ({ readiness }: { readiness: Resource<Readiness> }) => (
  <>
    <ReadProblem of={readiness} />
    {isPending(readiness) && <SkeletonBlock lines={2} />}
    {readiness.data && <Checks readiness={readiness.data} />}
  </>
);

export function QueuePage() {
  const me = useMe();
  const isAdmin = may(me, "admin");
  const queue = useResource<QueueHealth>("/v1/queue", LIVE_MS);
  const readiness = useResource<Readiness>("/readyz", LIVE_MS, readReadiness);
  return (
    <Page title="Queue">
      <section class="panel" aria-labelledby="jobs-title">
        <div class="panel-head">
          <h2 id="jobs-title">Jobs</h2>
          {isAdmin && <a href={BOARD}>Every job</a>}
        </div>
        <ReadProblem of={queue} />
        <div class="figures">
          {isPending(queue) && <SkeletonBlock lines={3} />}
          {queue.data && <Counts queue={queue.data} linked={isAdmin} />}
        </div>
        <p class="muted">
          A job wakes a worker for one user, however many operations wait. What was bought stands in the
          journal, whatever the queue loses.
        </p>
      </section>
      <section class="panel" aria-labelledby="ready-title">
        <h2 id="ready-title">Services it depends on</h2>
        <Readings readiness={readiness} />
      </section>
      <p class="muted">
        Server {me.version}, on {me.cluster}. <a href="/docs">HTTP API</a>
      </p>
    </Page>
  );
}
