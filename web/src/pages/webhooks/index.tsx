/** Manages a user's webhooks: where events are sent, with which secret, and what became of each delivery. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { useResource } from "../../api/resource.ts";
import { dateAndClock } from "../../format/time.ts";
import { announce } from "../../parts/announcer.tsx";
import { Empty } from "../../parts/empty.tsx";
import { List } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { ACTIONS } from "../../parts/table.tsx";
import { useAction } from "../../parts/use-action.ts";
import { NoUserChosen, UserPicker, useChosenUser } from "../../parts/user-picker.tsx";
import { Balances } from "./balances.tsx";
import { Deliveries } from "./deliveries.tsx";
import { RemoveDialog, RotateDialog } from "./dialogs.tsx";
import { AddDialog, ChangeDialog } from "./form.tsx";
import { WEBHOOK_EVENTS, type Webhook } from "./types.ts";

const COLUMNS = ["Id", "URL", "Events", "Added", ACTIONS];
const PLACEHOLDERS = 3;

type Opened = { what: "change" | "rotate" | "remove"; webhook: Webhook } | { what: "add" } | null;
type Act = (what: "log" | "test" | "change" | "rotate" | "remove") => void;

const ROW_ACTIONS = [
  { what: "log", label: "Deliveries" },
  { what: "test", label: "Test" },
  { what: "change", label: "Change…" },
  { what: "rotate", label: "Rotate…" },
  { what: "remove", label: "Remove…" },
] as const;

const Row = ({ webhook, onAct }: { webhook: Webhook; onAct: Act }) => (
  <tr>
    <td data-label="Id">
      <code>{webhook.id}</code>
    </td>
    <td data-label="URL" class="clip">
      <Name text={webhook.url} />
    </td>
    <td data-label="Events" class="clip" title={webhook.events.join(", ")}>
      {webhook.events.length === WEBHOOK_EVENTS.length ? "all" : webhook.events.join(", ")}
    </td>
    <td data-label="Added">{dateAndClock(webhook.createdAt)}</td>
    <td data-label="">
      <span class="links">
        {ROW_ACTIONS.map(({ what, label }) => (
          <button key={what} type="button" class="quiet" onClick={() => onAct(what)}>
            {label} <span class="visually-hidden">{webhook.id}</span>
          </button>
        ))}
      </span>
    </td>
  </tr>
);

function UsersWebhooks({
  user,
  opened,
  open,
}: {
  user: string;
  opened: Opened;
  open: (what: Opened) => void;
}) {
  const webhooks = useResource<{ webhooks: Webhook[] }>(`/v1/users/${encodeURIComponent(user)}/webhooks`);
  const { data, reload } = webhooks;
  const [log, setLog] = useState<string | null>(null);
  const testing = useAction();
  const test = (id: string): Promise<void> =>
    testing.run(async () => {
      await change(`/v1/webhooks/${id}/test`, undefined);
      announce("A test message is on its way");
      setLog(id);
    });
  const onAct =
    (webhook: Webhook): Act =>
    (what) => {
      if (what === "log") setLog(webhook.id);
      else if (what === "test") void test(webhook.id);
      else open({ what, webhook });
    };
  const close = (): void => open(null);
  const shown = data?.webhooks.find(({ id }) => id === log);
  return (
    <>
      {testing.problem && <ProblemNote problem={testing.problem} />}
      <List
        of={webhooks}
        rows={data?.webhooks}
        label="Webhooks"
        columns={COLUMNS}
        placeholders={PLACEHOLDERS}
        row={(one) => <Row key={one.id} webhook={one} onAct={onAct(one)} />}
        empty={
          <Empty title="No webhooks yet.">
            <p>
              A webhook informs another system about this user's operations and low balances. “New webhook…”
              adds one.
            </p>
          </Empty>
        }
      />
      {/* Shown only with the list: it would otherwise be pushed down when the list appears. */}
      {data !== null && <Balances key={user} user={user} />}
      {/* The last part, because its rows come while the page is open. */}
      {shown && <Deliveries key={shown.id} webhookId={shown.id} />}
      {opened?.what === "add" && <AddDialog user={user} onClose={close} onDone={reload} />}
      {opened?.what === "change" && <ChangeDialog webhook={opened.webhook} onClose={close} onDone={reload} />}
      {opened?.what === "rotate" && <RotateDialog webhook={opened.webhook} onClose={close} />}
      {opened?.what === "remove" && <RemoveDialog webhook={opened.webhook} onClose={close} onDone={reload} />}
    </>
  );
}

export function WebhooksPage() {
  const user = useChosenUser();
  const [opened, setOpened] = useState<Opened>(null);
  const add = user !== "" && (
    <button type="button" class="primary" onClick={() => setOpened({ what: "add" })}>
      New webhook…
    </button>
  );
  return (
    <Page title="Webhooks" actions={add}>
      <UserPicker page="/app/webhooks" />
      {user === "" ? (
        <NoUserChosen of="webhooks" />
      ) : (
        <UsersWebhooks key={user} user={user} opened={opened} open={setOpened} />
      )}
    </Page>
  );
}
