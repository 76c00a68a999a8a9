/** Shows what was sent to a webhook, and sends a delivery again. */
import { change } from "../../api/request.ts";
import { useResource } from "../../api/resource.ts";
import { dateAndClock } from "../../format/time.ts";
import type { Tone } from "../../format/words.ts";
import { announce } from "../../parts/announcer.tsx";
import { List } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { Pager, usePages } from "../../parts/pager.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Badge } from "../../parts/status.tsx";
import { ACTIONS } from "../../parts/table.tsx";
import { useAction } from "../../parts/use-action.ts";
import type { Delivery, DeliveryPage } from "./types.ts";

const COLUMNS = ["Id", "Event", "State", "Tries", "Last answer", "Ended, or next try", ACTIONS];
const PAGE_SIZE = 20;
const PLACEHOLDERS = 3;
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
        {answer === null ? <span class="muted">none yet</span> : <Name text={answer} />}
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
  const pages = usePages();
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (pages.cursor !== undefined) query.set("cursor", pages.cursor);
  const path = `/v1/webhooks/${webhookId}/deliveries?${query}`;
  const page = useResource<DeliveryPage>(path, READ_MS);
  const sending = useAction();
  const again = (id: string): Promise<void> =>
    sending.run(async () => {
      await change(`/v1/deliveries/${id}/redeliver`, undefined);
      announce(`${id} is sent again`);
      page.reload();
    });
  return (
    <section class="block" aria-label={`Deliveries of ${webhookId}`}>
      <h2>Deliveries of {webhookId}</h2>
      {sending.problem && <ProblemNote problem={sending.problem} />}
      <List
        of={page}
        rows={page.data?.deliveries}
        label="Deliveries"
        columns={COLUMNS}
        placeholders={PLACEHOLDERS}
        row={(one) => <Row key={one.id} delivery={one} onAgain={() => void again(one.id)} />}
        empty={<p class="muted">Nothing was sent yet.</p>}
      />
      <Pager what="deliveries" pages={pages} next={page.data?.nextCursor ?? null} />
    </section>
  );
}
