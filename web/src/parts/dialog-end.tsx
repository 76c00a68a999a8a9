/** The end of every dialog: the problem of the last try, the way back, and the one thing that the dialog does. */
import { ProblemNote } from "./problem.tsx";
import type { Action } from "./use-action.ts";

type Props = {
  /** What the dialog does, as a verb. */
  label: string;
  action: Action;
  /** It takes something away, or cannot be undone. */
  danger?: boolean;
  disabled?: boolean;
  /** Absent: the button submits the form around it. */
  onYes?: () => void;
  onClose: () => void;
};

export const DialogEnd = ({
  label,
  action: { busy, problem },
  danger = false,
  disabled = false,
  onYes,
  onClose,
}: Props) => (
  <>
    {problem && <ProblemNote problem={problem} />}
    <div class="actions">
      <button type="button" onClick={onClose}>
        Back
      </button>
      <button
        type={onYes === undefined ? "submit" : "button"}
        class={danger ? "danger" : "primary"}
        aria-busy={busy}
        disabled={disabled}
        onClick={onYes}
      >
        {label}
      </button>
    </div>
  </>
);
