/** Shows whether signing is halted, on every page. Users with the scope admin can halt and resume signing here. */
import { useState } from "preact/hooks";
import { change } from "./api/request.ts";
import type { Halt } from "./api/types.ts";
import { dateAndClock } from "./format/time.ts";
import { nameOf, useKeyNames } from "./parts/actor.tsx";
import { announce } from "./parts/announcer.tsx";
import { Dialog } from "./parts/dialog.tsx";
import { DialogEnd } from "./parts/dialog-end.tsx";
import { Field } from "./parts/field.tsx";
import { Icon } from "./parts/icon.tsx";
import { Name } from "./parts/name.tsx";
import { useAction } from "./parts/use-action.ts";
import { may, refreshSession, useMe } from "./session.ts";

function HaltDialog({ onClose }: { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const halting = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    void halting.run(async () => {
      await change("/v1/halt", { reason: reason.trim() });
      onClose();
      announce("Halted. Nothing new is signed.");
      await refreshSession();
    });
  };
  return (
    <Dialog title="Halt all signing" onClose={onClose}>
      <form onSubmit={submit}>
        <p>
          From then on nothing new is signed, for any user. What is already signed is followed to its end.
          Waiting operations go on once the halt is lifted.
        </p>
        <Field
          label="Reason, for everyone to read"
          value={reason}
          onValue={setReason}
          required
          maxLength={500}
        />
        <DialogEnd label="Halt" action={halting} danger disabled={reason.trim() === ""} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function ResumeDialog({ halted, onClose }: { halted: Halt; onClose: () => void }) {
  const resuming = useAction();
  const resume = (): Promise<void> =>
    resuming.run(async () => {
      await change("/v1/halt", undefined, { method: "DELETE" });
      onClose();
      announce("Resumed. Operations sign again.");
      await refreshSession();
    });
  return (
    <Dialog title="Resume signing" onClose={onClose}>
      <div class="stack">
        <p>
          Halted by <Name text={halted.by} />, {dateAndClock(halted.at)}: <Name text={halted.reason} />
        </p>
        <p>All operations that wait go on by themselves, at once.</p>
        <DialogEnd label="Resume" action={resuming} onYes={resume} onClose={onClose} />
      </div>
    </Dialog>
  );
}

/** It has a place in the header in both states, so that a halt does not move the page. */
export function HaltState() {
  const me = useMe();
  /** The question stays the same when another person halts or resumes meanwhile. */
  const [asking, setAsking] = useState<{ halted: Halt | null } | null>(null);
  const { names } = useKeyNames();
  const halted = me.halted && { ...me.halted, by: nameOf(me.halted.by, names) };
  const close = (): void => setAsking(null);
  return (
    <>
      <div class={halted ? "halt on" : "halt"}>
        <span
          class="halt-text"
          role="status"
          title={halted ? `${halted.by}, ${dateAndClock(halted.at)}: ${halted.reason}` : undefined}
        >
          {halted ? (
            <>
              <Icon name="pause" />
              <strong>Halted</strong> by <Name text={halted.by} />: <Name text={halted.reason} />
            </>
          ) : (
            "Signing is on"
          )}
        </span>
        {may(me, "admin") && (
          <button type="button" class="quiet" onClick={() => setAsking({ halted })}>
            {halted ? "Resume…" : "Halt…"}
          </button>
        )}
      </div>
      {asking?.halted && <ResumeDialog halted={asking.halted} onClose={close} />}
      {asking?.halted === null && <HaltDialog onClose={close} />}
    </>
  );
}
