/** Signs in with an API key. The key is sent once, over the same origin, and is not stored in the browser. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../api/types.ts";
import { ProblemNote } from "../parts/problem.tsx";
import { useAction } from "../parts/use-action.ts";
import { resumeSession, signIn } from "../session.ts";
import { ConnectionState, ThemeButton } from "../shell.tsx";

/** Replaces the API's message, which is for programs that send headers. */
const NOT_VALID: Problem = {
  status: 401,
  title: "It may be misspelt, incomplete, revoked or expired.",
  detail: "This key does not open anything here.",
  code: "CTO_E_UNAUTHENTICATED",
  remedy: "Copy the whole key once more, from where it was stored, or ask an admin for a new one.",
};

export function SignInPage({ ended }: { ended: boolean }) {
  const [key, setKey] = useState("");
  const { busy, problem, run } = useAction();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · CTO queue";
    input.current?.focus();
  }, []);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === "visible") void resumeSession();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      await signIn(key.trim());
    });
  };
  return (
    <>
      <main class="alone">
        <div class="page-head">
          <h1>CTO queue</h1>
          <ThemeButton />
        </div>
        {ended && <p role="status">The session has ended. Sign in again; the same page opens.</p>}
        <form class="panel" onSubmit={submit}>
          <div class="field">
            <label for="key">API key</label>
            <input
              ref={input}
              id="key"
              type="password"
              autocomplete="off"
              spellcheck={false}
              required
              value={key}
              aria-describedby="key-hint"
              onInput={(event) => setKey(event.currentTarget.value)}
            />
            <p class="hint" id="key-hint">
              Begins with <code>cto_</code>. <code>npx cto api-keys create</code> makes one; on the localnet{" "}
              <code>npx cto start</code> names the file that holds one. It is not kept in this browser.
            </p>
          </div>
          {problem && <ProblemNote problem={problem.status === 401 ? NOT_VALID : problem} />}
          <div class="actions">
            <button type="submit" class="primary" disabled={key.trim() === ""} aria-busy={busy}>
              {busy ? "Signing in…" : "Sign in"}
            </button>
          </div>
        </form>
        <p class="muted">
          Receipts are public and need no key. <a href="/docs">HTTP API</a>
        </p>
      </main>
      <ConnectionState />
    </>
  );
}
