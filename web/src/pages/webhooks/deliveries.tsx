/** Shows what was sent to a webhook, and sends a delivery again. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { useResource } from "../../api/resource.ts";
import { dateAndClock } from "../../format/time.ts";
import type { Tone } from "../../format/words.ts";
import { announce } from "../../parts/announcer.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Badge } from "../../parts/status.tsx";
import { useAction } from "../../parts/use-action.ts";
import type { Delivery, DeliveryPage } from "./types.ts";

const COLUMNS = ["Id", "Event", "State", "Tries", "Last answer", "Ended, or next try", ""];
const PAGE_SIZE = 20;
const SKELETON_ROWS = 3;
/** The interval at which we read the log, ms: a test message arrives within some seconds. */
const READ_MS = 2_000;

const STATES: Readonly<Record<Delivery["status"], { label: string; tone: Tone }>> = {
  pending: { label: "Pending", tone: "busy" },
  delivered: { label: "Delivered", tone: "good" },
  failed: { label: "Failed", tone: "bad" },
};

function Row({ delivery, onAgain }: { delivery: Delivery; onAgain: () => void }) {
  const { id, type, status, tries, answer, dueAt, endedAt } = delivery;
  const at = endedAt ?? dueAt;
  return (
    <tr>
      <td data-label="Id" class="clip">
        <code>{id}</code>
      </td>
      <td data-label="Event">{type}</td>
      <td data-label="State">
        <Badge {...STATES[status]} />
      </td>
      <td data-label="Tries">{tries}</td>
      <td data-label="Last answer" class="clip">
        {answer === null ? <span class="muted">none yet</span> : <bdi title={answer}>{answer}</bdi>}
      </td>
      <td data-label="Ended, or next try">{at && dateAndClock(at)}</td>
      <td data-label="">
        {status !== "pending" && (
          <button type="button" class="quiet" onClick={onAgain}>
            Send again <span class="visually-hidden">{id}</span>
          </button>
        )}
      </td>
    </tr>
  );
}

export function Deliveries({ webhookId }: { webhookId: string }) {
  const [cursors, setCursors] = useState<string[]>([]);
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  const cursor = cursors.at(-1);
  if (cursor !== undefined) query.set("cursor", cursor);
  const path = `/v1/webhooks/${webhookId}/deliveries?${query}`;
  const { data, problem, reload } = useResource<DeliveryPage>(path, READ_MS);
  const sending = useAction();
  const again = (id: string): Promise<void> =>
    sending.run(async () => {
      await change(`/v1/deliveries/${id}/redeliver`, undefined);
      announce(`${id} is sent again`);
      reload();
    });
  const next = data?.nextCursor ?? null;
  return (
    <section class="block" aria-label={`Deliveries of ${webhookId}`}>
      <h2>Deliveries of {webhookId}</h2>
      {problem && problem.status !== 0 && <ProblemNote problem={problem} onRetry={reload} />}
      {sending.problem && <ProblemNote problem={sending.problem} />}
      {data?.deliveries.length === 0 ? (
        <p class="muted">Nothing was sent yet.</p>
      ) : (
        <Scroll label="Deliveries" busy={data === null}>
          <table class="cards">
            <thead>
              <tr>
                {COLUMNS.map((column) => (
                  <th key={column} scope="col">
                    {column || <span class="visually-hidden">Actions</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data === null ? (
                <SkeletonRows rows={SKELETON_ROWS} columns={COLUMNS.length} />
              ) : (
                data.deliveries.map((one) => (
                  <Row key={one.id} delivery={one} onAgain={() => void again(one.id)} />
                ))
              )}
            </tbody>
          </table>
        </Scroll>
      )}
      {(cursors.length > 0 || next !== null) && (
        <nav class="pager" aria-label="Pages of the deliveries">
          <button
            type="button"
            disabled={cursors.length === 0}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Newer
          </button>
          <button
            type="button"
            disabled={next === null}
            onClick={() => next !== null && setCursors([...cursors, next])}
          >
            Older
          </button>
        </nav>
      )}
    </section>
  );
}
