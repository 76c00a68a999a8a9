/** The frame around every page: the navigation, whether signing is on, and whether the server is reachable. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { answeredAt, slowSince, unreachableSince } from "./api/request.ts";
import type { Me } from "./api/types.ts";
import { entriesOf } from "./entries.ts";
import { clock } from "./format/time.ts";
import { HaltState } from "./halt.tsx";
import { PaletteButton } from "./palette/index.tsx";
import { announce } from "./parts/announcer.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { Icon } from "./parts/icon.tsx";
import { Name } from "./parts/name.tsx";
import { ProblemNote } from "./parts/problem.tsx";
import { useAction } from "./parts/use-action.ts";
import { isOutdated, signOut, useMe } from "./session.ts";
import { nextTheme, theme } from "./theme.ts";

const isAt = (here: string, path: string): boolean => here === path || here.startsWith(`${path}/`);

function Navigation({ me }: { me: Me }) {
  const { path: here } = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [here]);
  return (
    <nav aria-label="Main">
      <button
        type="button"
        class="menu"
        aria-expanded={open}
        aria-controls="entries"
        onClick={() => setOpen(!open)}
      >
        <Icon name="menu" /> Menu
      </button>
      <ul id="entries" class={open ? "open" : ""}>
        {entriesOf(me).map(({ path, label }) => (
          <li key={path}>
            <a href={path} aria-current={isAt(here, path) ? "page" : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const THEME_NAMES = { system: "as the system", light: "light", dark: "dark" } as const;

export const ThemeButton = () => (
  <button
    type="button"
    class="quiet"
    onClick={() => announce(`Colours: ${THEME_NAMES[nextTheme()]}`)}
    aria-label={`Colours: ${THEME_NAMES[theme.value]}. Change`}
    title={`Colours: ${THEME_NAMES[theme.value]}`}
  >
    <Icon name="theme" />
  </button>
);

/** Fixed at the bottom of the window, so that it moves nothing when it appears. */
export function ConnectionState() {
  const lost = unreachableSince.value;
  const slow = slowSince.value;
  const last = answeredAt.value;
  const age = last === null ? "" : ` What you see was read before ${clock(last)}.`;
  return (
    <div class="connection" role="status">
      {lost !== null ? (
        <p>
          <Icon name="warn" /> No connection to the server since {clock(lost)}.{age} It is tried again by
          itself.
        </p>
      ) : (
        (slow !== null && (
          <p>
            <Icon name="warn" /> The server has been slow since {clock(slow)}.{age}
          </p>
        )) ||
        (isOutdated.value && (
          <p>
            <Icon name="warn" /> The server was replaced by another version.{" "}
            <button type="button" class="small" onClick={() => window.location.reload()}>
              Reload this page
            </button>
          </p>
        ))
      )}
    </div>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const me = useMe();
  const { path: here } = useLocation();
  const { busy, problem, run } = useAction();
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/app/overview">
          CTO queue
        </a>
        <span class="cluster" title="The Solana cluster that this server works on">
          {me.cluster}
        </span>
        <HaltState />
        <div class="who">
          <span class="key-name" title={`Key ${me.key.id}, scopes: ${me.key.scopes.join(", ")}`}>
            <Name text={me.key.name} />
          </span>
          <PaletteButton />
          <ThemeButton />
          <button
            type="button"
            class="quiet"
            title="Sign out"
            aria-busy={busy}
            onClick={() => void run(signOut)}
          >
            <Icon name="out" /> <span class="wide-only">Sign out</span>
            <span class="visually-hidden narrow-only">Sign out</span>
          </button>
        </div>
      </header>
      {problem && <ProblemNote problem={problem} />}
      <div class="frame">
        <Navigation me={me} />
        <main id="content" tabIndex={-1}>
          <Boundary at={here}>{children}</Boundary>
        </main>
      </div>
      <ConnectionState />
    </>
  );
}
