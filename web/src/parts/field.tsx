/** Shows a labelled input with its hint and its error, connected for screen readers. */
import type { ComponentChildren, Ref } from "preact";
import { useId } from "preact/hooks";

type Common = {
  label: string;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  onValue: (value: string) => void;
};

const describedBy = (id: string, hint: unknown, error: unknown): string | undefined =>
  [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean).join(" ") || undefined;

const Notes = ({
  id,
  hint,
  error,
}: {
  id: string;
  hint?: ComponentChildren;
  error?: string | null | undefined;
}) => (
  <>
    {hint && (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
    {error && (
      <p class="field-error" id={`${id}-error`}>
        {error}
      </p>
    )}
  </>
);

type InputProps = Common & {
  value: string;
  type?: "text" | "search" | "number" | "datetime-local";
  inputMode?: "decimal" | "numeric";
  placeholder?: string;
  required?: boolean;
  disabled?: boolean;
  maxLength?: number;
  min?: number;
  max?: number;
};

export function Field({ label, hint, error, onValue, type = "text", ...input }: InputProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        autocomplete="off"
        spellcheck={false}
        dir="auto"
        {...input}
        // Preact has a separate type for each kind of input. All these kinds take the same attributes.
        type={type as "text"}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, hint, error)}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}

/**
 * An input for a secret that is not a login. Browsers and password managers offer to store the content of a password
 * field, and to fill it in later, even against `autocomplete`. Therefore this is a text field that shows its characters
 * as dots.
 */
export function SecretField({
  label,
  hint,
  value,
  onValue,
  fieldRef,
}: Pick<InputProps, "label" | "hint" | "value" | "onValue"> & { fieldRef: Ref<HTMLInputElement> }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={fieldRef}
        class="secret-text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        data-1p-ignore
        data-bwignore
        data-lpignore="true"
        type="text"
        id={id}
        value={value}
        required
        aria-describedby={describedBy(id, hint, null)}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <Notes id={id} hint={hint} />
    </div>
  );
}

type SelectProps = Common & {
  value: string;
  options: readonly { value: string; label: string }[];
  required?: boolean;
};

export function Select({ label, hint, error, value, options, onValue, required }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        required={required}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, hint, error)}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}
