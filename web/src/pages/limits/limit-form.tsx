/** Changes a set of limits. It replaces the whole set at once. */
import { useId, useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { DialogEnd } from "../../parts/dialog-end.tsx";
import { useAction } from "../../parts/use-action.ts";
import { type Choice, fromTyped, LIMIT_FIELDS, type LimitSet, type Typed, toTyped } from "./limit-set.ts";

type Props = { title: string; path: string; set: LimitSet | null; onClose: () => void; onDone: () => void };

type RowProps = {
  label: string;
  lines: boolean;
  typed: Typed;
  error: string | undefined;
  onTyped: (typed: Typed) => void;
};

function LimitRow({ label, lines, typed, error, onTyped }: RowProps) {
  const id = useId();
  const input = {
    "aria-label": label,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error ? `${id}-error` : undefined,
    value: typed.text,
    onInput: (event: { currentTarget: { value: string } }) =>
      onTyped({ ...typed, text: event.currentTarget.value }),
  };
  return (
    <div class="field limit-row">
      <label for={id}>{label}</label>
      <div class="limit-inputs">
        <select
          id={id}
          value={typed.choice}
          onChange={(event) => onTyped({ ...typed, choice: event.currentTarget.value as Choice })}
        >
          <option value="open">not set</option>
          <option value="none">no limit</option>
          <option value="value">{lines ? "these" : "at most"}</option>
        </select>
        {typed.choice === "value" &&
          (lines ? <textarea rows={3} {...input} /> : <input inputMode="decimal" {...input} />)}
      </div>
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

export function LimitDialog({ title, path, set, onClose, onDone }: Props) {
  const [typed, setTyped] = useState(() => toTyped(set));
  const setting = useAction();
  const parsed = fromTyped(typed);
  const isValid = Object.keys(parsed.errors).length === 0;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isValid) return;
    void setting.run(async () => {
      await change(path, parsed.set, { method: "PUT" });
      announce("The limits are changed");
      onDone();
      onClose();
    });
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {LIMIT_FIELDS.map(({ field, label, kind }) => (
          <LimitRow
            key={field}
            label={label}
            lines={kind === "addresses"}
            typed={typed[field]}
            error={parsed.errors[field]}
            onTyped={(one) => setTyped({ ...typed, [field]: one })}
          />
        ))}
        <DialogEnd label="Set these limits" action={setting} disabled={!isValid} onClose={onClose} />
      </form>
    </Dialog>
  );
}
