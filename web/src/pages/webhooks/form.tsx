/** Adds a webhook, or changes its URL and its events. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { DialogEnd } from "../../parts/dialog-end.tsx";
import { Field } from "../../parts/field.tsx";
import { useAction } from "../../parts/use-action.ts";
import { ShownOnce } from "./shown-once.tsx";
import { WEBHOOK_EVENTS, type Webhook, type WebhookEvent } from "./types.ts";

type FormProps = {
  /** The webhook to change; absent: a new one. */
  webhook?: Webhook;
  send: (body: { url: string; events: WebhookEvent[] }) => Promise<void>;
  onClose: () => void;
};

function Form({ webhook, send, onClose }: FormProps) {
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [events, setEvents] = useState<WebhookEvent[]>(webhook?.events ?? [...WEBHOOK_EVENTS]);
  const sending = useAction();
  const toggle = (event: WebhookEvent): void =>
    setEvents(WEBHOOK_EVENTS.filter((one) => (one === event) !== events.includes(one)));
  const submit = (event: Event): void => {
    event.preventDefault();
    void sending.run(() => send({ url: url.trim(), events }));
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="URL"
        hint="https, at a public address"
        value={url}
        onValue={setUrl}
        required
        maxLength={2_000}
      />
      <fieldset>
        <legend>Events</legend>
        {WEBHOOK_EVENTS.map((event) => (
          <label key={event} class="choice">
            <input type="checkbox" checked={events.includes(event)} onChange={() => toggle(event)} />
            <span>{event}</span>
          </label>
        ))}
      </fieldset>
      <DialogEnd
        label={webhook === undefined ? "Add" : "Change"}
        action={sending}
        disabled={url.trim() === "" || events.length === 0}
        onClose={onClose}
      />
    </form>
  );
}

type Props = { onClose: () => void; onDone: () => void };

export function AddDialog({ user, onClose, onDone }: Props & { user: string }) {
  const [secret, setSecret] = useState<string | null>(null);
  const send = async (body: { url: string; events: WebhookEvent[] }): Promise<void> => {
    const added = await change<{ secret: string }>(`/v1/users/${encodeURIComponent(user)}/webhooks`, body);
    setSecret(added.secret);
    announce("The webhook is added. Store its secret now.");
    onDone();
  };
  return (
    <Dialog
      title={secret === null ? "New webhook" : "Secret of the webhook"}
      holds={secret !== null}
      onClose={onClose}
    >
      {secret === null ? (
        <Form send={send} onClose={onClose} />
      ) : (
        <ShownOnce text={secret} what="secret" onClose={onClose}>
          <p>This is the only time that it is shown. The receiver verifies each message with it.</p>
        </ShownOnce>
      )}
    </Dialog>
  );
}

export function ChangeDialog({ webhook, onClose, onDone }: Props & { webhook: Webhook }) {
  const send = async (body: { url: string; events: WebhookEvent[] }): Promise<void> => {
    await change(`/v1/webhooks/${webhook.id}`, body, { method: "PATCH" });
    announce("The webhook is changed");
    onDone();
    onClose();
  };
  return (
    <Dialog title={`Change ${webhook.id}`} onClose={onClose}>
      <Form webhook={webhook} send={send} onClose={onClose} />
    </Dialog>
  );
}
