/** What went wrong, why, and what to do about it: never just "error". */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/types.ts";
import { explanationOf, placeOf } from "../format/remedies.ts";
import { Icon } from "./icon.tsx";

type Props = { problem: Problem; onRetry?: (() => void) | undefined };

/** A message of more characters than this is read rather than seen: it is not in bold type. */
const LONG = 160;

function Code({ code }: { code: string }) {
  const href = explanationOf(code);
  return (
    <p class="muted">
      {href === null ? (
        <code>{code}</code>
      ) : (
        <a href={href}>
          <code>{code}</code>
        </a>
      )}
    </p>
  );
}

/** A page of the dashboard where there is one; else the words, which may name a command. */
export function RemedyOf({ code, remedy }: Pick<Problem, "code" | "remedy">) {
  const place = placeOf(code);
  if (place === null) return <>{remedy}</>;
  return (
    <a class="button" href={place.href}>
      {place.label}
    </a>
  );
}

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
        {title} <RemedyOf code={code} remedy={remedy} />
      </p>
      <Code code={code} />
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
