/** Defines which page is shown at which URL. */

import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from "preact-iso";
import type { Scope } from "./api/types.ts";
import { AuditPage } from "./pages/audit.tsx";
import { ChatsPage } from "./pages/chats.tsx";
import { KeysPage } from "./pages/keys.tsx";
import { LimitsPage } from "./pages/limits/index.tsx";
import { NewOperationPage } from "./pages/new-operation/index.tsx";
import { NotAllowedPage } from "./pages/not-allowed.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { OperationPage } from "./pages/operation/index.tsx";
import { OperationsPage } from "./pages/operations/index.tsx";
import { OverviewPage } from "./pages/overview/index.tsx";
import { QueuePage } from "./pages/queue.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { SweepPage } from "./pages/sweep.tsx";
import { UsersPage } from "./pages/users.tsx";
import { WalletsPage } from "./pages/wallets/index.tsx";
import { WebhooksPage } from "./pages/webhooks/index.tsx";
import { Announcer } from "./parts/announcer.tsx";
import { ProblemNote } from "./parts/problem.tsx";
import { may, refreshSession, session, useMe } from "./session.ts";
import { Shell } from "./shell.tsx";

/** The interval at which we read the session, ms. A halt by another person must appear soon, and the read is small. */
const LOOK_AGAIN_MS = 5_000;

function Home() {
  const { route } = useLocation();
  useEffect(() => route("/app/overview", true), []);
  return null;
}

/** A page for keys with a scope. The navigation hides it from others, but they may come by a link. */
const only = (scope: Scope, Allowed: ComponentType): ComponentType =>
  function Guarded() {
    return may(useMe(), scope) ? <Allowed /> : <NotAllowedPage scope={scope} />;
  };

const Audit = only("admin", AuditPage);
const Chats = only("operate", ChatsPage);
const Keys = only("admin", KeysPage);
const NewOperation = only("operate", NewOperationPage);
const Users = only("admin", UsersPage);
const Webhooks = only("operate", WebhooksPage);

function Pages() {
  return (
    <Router>
      <Route path="/" component={Home} />
      <Route path="/app" component={Home} />
      <Route path="/app/overview" component={OverviewPage} />
      <Route path="/app/operations" component={OperationsPage} />
      <Route path="/app/operations/new" component={NewOperation} />
      <Route path="/app/operations/:id" component={OperationPage} />
      <Route path="/app/wallets" component={WalletsPage} />
      <Route path="/app/sweep" component={SweepPage} />
      <Route path="/app/users" component={Users} />
      <Route path="/app/limits" component={LimitsPage} />
      <Route path="/app/webhooks" component={Webhooks} />
      <Route path="/app/telegram" component={Chats} />
      <Route path="/app/queue" component={QueuePage} />
      <Route path="/app/audit" component={Audit} />
      <Route path="/app/keys" component={Keys} />
      <Route default component={NotFoundPage} />
    </Router>
  );
}

function SignedIn() {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void refreshSession();
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Shell>
      <Pages />
    </Shell>
  );
}

/** The session is known within a moment, so a text for screen readers is enough. */
const Arriving = () => (
  <main>
    <p class="visually-hidden" role="status">
      Loading
    </p>
  </main>
);

function Content() {
  const current = session.value;
  if (current.state === "in") return <SignedIn />;
  if (current.state === "out") return <SignInPage ended={current.ended} />;
  if (current.state === "loading") return <Arriving />;
  return (
    <main class="alone">
      <ProblemNote problem={current.problem} onRetry={() => void refreshSession()} />
    </main>
  );
}

/** Only URLs under /app are pages of the dashboard. A receipt or the API's documentation is loaded from the server. */
export const App = () => (
  <LocationProvider scope="/app">
    <ErrorBoundary>
      <Content />
      <Announcer />
    </ErrorBoundary>
  </LocationProvider>
);
