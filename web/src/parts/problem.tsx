/** Shows a problem with its cause and its remedy, never only "error". */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/types.ts";
import { explanationOf, placeOf } from "../format/remedies.ts";
import { Icon } from "./icon.tsx";

type Props = { problem: Problem; onRetry?: (() => void) | undefined };

/** A message longer than this, in characters, is not in bold type, because bold type is hard to read in long texts. */
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

/** Links to the dashboard's page if there is one. Otherwise it shows the remedy's text, which may name a command. */
export function RemedyOf({ code, remedy }: Pick<Problem, "code" | "remedy">) {
  const place = placeOf(code);
  if (place === null) return <>{remedy}</>;
  return (
    <a class="button" href={place.href}>
      {place.label}
    </a>
  );
}

/** `title` is the code's general cause; `detail` describes this occurrence. */
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
