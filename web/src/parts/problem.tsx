/** What went wrong, why, and what to do about it: never just "error". */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/types.ts";
import { Icon } from "./icon.tsx";

type Props = { problem: Problem; onRetry?: (() => void) | undefined };

/** A message of more characters than this is read rather than seen: it is not in bold type. */
const LONG = 160;

/** `title` is the code's cause, the same each time; `detail` is what happened here. */
export const ProblemNote = ({ problem: { title, detail, problems = [], remedy, code }, onRetry }: Props) => (
  <div class="note bad" role="alert">
    <Icon name="bad" />
    <div>
      <p>{detail.length > LONG ? detail : <strong>{detail}</strong>}</p>
      {problems.length > 1 && (
        <ul>
          {problems.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      <p>
        {title} {remedy}
      </p>
      <p class="muted">
        <code>{code}</code>
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  </div>
);

export const Warning = ({ children }: { children: ComponentChildren }) => (
  <div class="note warn">
    <Icon name="warn" />
    <div>{children}</div>
  </div>
);
