/** Rotates a webhook's secret, and removes a webhook, each after a question. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { DialogEnd } from "../../parts/dialog-end.tsx";
import { useAction } from "../../parts/use-action.ts";
import { ShownOnce } from "./shown-once.tsx";
import type { Webhook } from "./types.ts";

type QuestionProps = {
  text: string;
  label: string;
  danger?: boolean;
  onYes: () => Promise<void>;
  onClose: () => void;
};

function Question({ text, label, danger = false, onYes, onClose }: QuestionProps) {
  const asking = useAction();
  return (
    <div class="stack">
      <p>{text}</p>
      <DialogEnd
        label={label}
        action={asking}
        danger={danger}
        onYes={() => void asking.run(onYes)}
        onClose={onClose}
      />
    </div>
  );
}

type Props = { webhook: Webhook; onClose: () => void };

export function RotateDialog({ webhook: { id }, onClose }: Props) {
  const [secret, setSecret] = useState<string | null>(null);
  const rotate = async (): Promise<void> => {
    setSecret((await change<{ secret: string }>(`/v1/webhooks/${id}/rotate`, undefined)).secret);
    announce("The secret is rotated. Store the new one now.");
  };
  return (
    <Dialog title={`Rotate the secret of ${id}`} holds={secret !== null} onClose={onClose}>
      {secret === null ? (
        <Question
          text="It gets a new secret. The one of now also signs for 24 more hours, so that the receiver can change over."
          label="Rotate"
          onYes={rotate}
          onClose={onClose}
        />
      ) : (
        <ShownOnce text={secret} what="secret" onClose={onClose}>
          <p>This is the only time that the new secret is shown.</p>
        </ShownOnce>
      )}
    </Dialog>
  );
}

export function RemoveDialog({ webhook: { id }, onClose, onDone }: Props & { onDone: () => void }) {
  const remove = async (): Promise<void> => {
    await change(`/v1/webhooks/${id}`, undefined, { method: "DELETE" });
    announce(`Removed ${id}`);
    onDone();
    onClose();
  };
  return (
    <Dialog title={`Remove ${id}`} onClose={onClose}>
      <Question
        text="Nothing more is sent to it, including what waits. This cannot be undone."
        label="Remove"
        danger
        onYes={remove}
        onClose={onClose}
      />
    </Dialog>
  );
}
