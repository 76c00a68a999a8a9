/** Shows a problem with its cause and its remedy, never only "error". */
import type { ComponentChildren } from "preact";
import type { Resource } from "../api/resource.ts";
import type { Problem } from "../api/types.ts";
import { explanationOf, placeOf, wordsOf } from "../format/remedies.ts";
import { Icon } from "./icon.tsx";

type Props = {
  problem: Problem;
  /** The user whom it concerns, for the links. */
  user?: string | undefined;
  onRetry?: (() => void) | undefined;
};

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

type RemedyProps = Pick<Problem, "code" | "remedy"> & { user?: string | undefined };

/** Says what to do, and links to the page that does it. */
export function RemedyOf({ code, remedy, user }: RemedyProps) {
  const place = placeOf(code, user);
  return (
    <>
      {wordsOf(code, remedy)}
      {place !== null && (
        <>
          {" "}
          <a class="button small" href={place.href}>
            {place.label}
          </a>
        </>
      )}
    </>
  );
}

/** `title` is the code's general cause; `detail` describes this occurrence. */
export const ProblemNote = ({
  problem: { title, detail, problems = [], remedy, code },
  user,
  onRetry,
}: Props) => (
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
        {title} <RemedyOf code={code} remedy={remedy} user={user} />
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

type ReadProps = { of: Resource<unknown>; user?: string | undefined };

/**
 * Shows why a read failed. A lost connection is not shown here: the bar at the bottom says it, and the read is tried
 * again by itself.
 */
export const ReadProblem = ({ of: { problem, reload }, user }: ReadProps) =>
  problem === null || problem.status === 0 ? null : (
    <ProblemNote problem={problem} user={user} onRetry={reload} />
  );

export const Warning = ({ children }: { children: ComponentChildren }) => (
  <div class="note warn">
    <Icon name="warn" />
    <div>{children}</div>
  </div>
);
