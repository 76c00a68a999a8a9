/**
 * Holds the session of the user who signed in. The API key is sent once and is not stored here: the session is an
 * HttpOnly cookie.
 */
import { computed, signal } from "@preact/signals";
import { change, get, onUnauthenticated, problemFrom, RequestFailed } from "./api/request.ts";
import type { KeyInfo, Me, Problem, Scope } from "./api/types.ts";

export type Session =
  | { readonly state: "loading" }
  | { readonly state: "unreachable"; readonly problem: Problem }
  | { readonly state: "out"; readonly ended: boolean }
  | { readonly state: "in"; readonly me: Me };

export const session = signal<Session>({ state: "loading" });

onUnauthenticated.current = () => {
  const { value } = session;
  // A page sends several requests at once. The second refusal must not hide why the sign-in is shown.
  session.value = { state: "out", ended: value.state === "in" || (value.state === "out" && value.ended) };
};

/** The version of the server that this page was loaded from. */
const loadedFrom = signal<string | null>(null);

/** Whether the server was replaced by another version since then: the page may not understand its answers. */
export const isOutdated = computed(
  () =>
    session.value.state === "in" &&
    loadedFrom.value !== null &&
    session.value.me.version !== loadedFrom.value,
);

/** Reads the session from the server: at the first load, and periodically for changes, such as a halt. */
export async function refreshSession(): Promise<void> {
  try {
    const me = await get<Me>("/v1/me");
    loadedFrom.value ??= me.version;
    session.value = { state: "in", me };
  } catch (error) {
    const problem = problemFrom(error);
    const isSignedOut = error instanceof RequestFailed && error.problem.status === 401;
    if (problem === null || isSignedOut || session.value.state === "in") return;
    session.value = { state: "unreachable", problem };
  }
}

/** Takes over the session when somebody signed in meanwhile in another tab. */
export async function resumeSession(): Promise<void> {
  const me = await get<Me>("/v1/me").catch(() => null);
  if (me !== null && session.value.state === "out") session.value = { state: "in", me };
}

export async function signIn(key: string): Promise<void> {
  await change<{ key: KeyInfo }>("/v1/session", { key });
  await refreshSession();
}

export async function signOut(): Promise<void> {
  await change("/v1/session", undefined, { method: "DELETE" });
  session.value = { state: "out", ended: false };
}

/** Returns the session, for pages that only signed-in users see. */
export const useMe = (): Me => {
  const current = session.value;
  if (current.state !== "in") throw new Error("This page is shown before the sign-in");
  return current.me;
};

/** `admin` includes every scope, and each other scope includes `read`. */
export const may = ({ key }: Me, scope: Scope): boolean =>
  key.scopes.includes("admin") || key.scopes.includes(scope) || (scope === "read" && key.scopes.length > 0);
