/**
 * Sends requests to the HTTP API: JSON in both directions, with the session's cookie. Failures become problems with a
 * remedy.
 */
import { signal } from "@preact/signals";
import type { Problem } from "./types.ts";

/** The time since which the server is unreachable; null if the last request was answered. */
export const unreachableSince = signal<Date | null>(null);

/** The time since which some request has been waiting for longer than usual; null if none is. */
export const slowSince = signal<Date | null>(null);

/** The time of the last answer of the server, whatever it was. What the page shows is not older than the reads of then. */
export const answeredAt = signal<Date | null>(null);

/** A request that takes longer than this, ms, is called slow, and the page says so. */
const SLOW_MS = 4_000;
/** A read without an answer after this time, ms, has failed. A lost connection may otherwise leave it open for minutes. */
const READ_TIMEOUT_MS = 30_000;

const slowRequests = new Set<Date>();
const showSlow = (): void => {
  const [oldest] = slowRequests;
  slowSince.value = oldest ?? null;
};

/** Notes a request as slow when it has waited for long. @returns a function to call at its end */
function watchSlow(): () => void {
  const began = new Date();
  const timer = setTimeout(() => {
    slowRequests.add(began);
    showSlow();
  }, SLOW_MS);
  return () => {
    clearTimeout(timer);
    if (slowRequests.delete(began)) showSlow();
  };
}

/** Called when the server answers that the session has ended. */
export const onUnauthenticated: { current: () => void } = { current: () => undefined };

export class RequestFailed extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const UNREACHABLE: Problem = {
  status: 0,
  title: "No connection",
  detail: "The server could not be reached.",
  code: "NO_CONNECTION",
  remedy: "The dashboard tries again by itself. If it lasts, the server or the network is down.",
};

/** What a proxy in front of the server answers while the server is down, for example during a restart. */
const GATEWAY = [502, 503, 504];

const isProblem = (body: unknown): body is Problem =>
  typeof body === "object" && body !== null && "detail" in body && "code" in body;

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  if (isProblem(body)) return { ...body, status: response.status };
  if (GATEWAY.includes(response.status)) return UNREACHABLE;
  return {
    status: response.status,
    title: response.statusText,
    detail: `The server answered with status ${response.status}.`,
    code: `HTTP_${response.status}`,
    remedy: "Look into the server's log.",
  };
}

/** Something else than the server has answered: a proxy, or the sign-in page of a network. */
const FOREIGN: Problem = {
  status: 200,
  title: "The answer is not from this server.",
  detail: "Something between this browser and the server answers in its place.",
  code: "ANSWER_UNREADABLE",
  remedy: "Open the address of the dashboard in a new tab: the network may ask you to sign in there.",
};

/** A link may name a user "..", and the browser would then call another address than the page means. */
const ASTRAY: Problem = {
  status: 404,
  title: "No such id.",
  detail: 'Nothing here has the id "." or "..".',
  code: "ID_IMPOSSIBLE",
  remedy: "The link is wrong, or was made to mislead. Choose from the list.",
};

/** Browsers resolve "." and ".." in a path, also when they are encoded. An id with these letters must not move a request. */
const isAstray = (path: string): boolean =>
  (path.split("?")[0] ?? "").split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part));

function lost(): RequestFailed {
  unreachableSince.value ??= new Date();
  return new RequestFailed(UNREACHABLE);
}

/** Reads the answer's JSON. The connection may also be lost in the middle of it. */
async function bodyOf<T>(response: Response): Promise<T> {
  if (response.status === 204) return null as T;
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new RequestFailed(FOREIGN);
  }
}

async function answer<T>(response: Response, also: number | undefined): Promise<T> {
  if (response.ok || response.status === also) {
    const body = await bodyOf<T>(response);
    unreachableSince.value = null;
    answeredAt.value = new Date();
    return body;
  }
  const problem = await problemOf(response);
  if (problem === UNREACHABLE) throw lost();
  unreachableSince.value = null;
  answeredAt.value = new Date();
  if (response.status === 401) onUnauthenticated.current();
  throw new RequestFailed(problem);
}

async function send<T>(path: string, init: RequestInit, also?: number): Promise<T> {
  if (isAstray(path)) throw new RequestFailed(ASTRAY);
  const seen = watchSlow();
  try {
    return await answer<T>(await fetch(path, { credentials: "same-origin", ...init }), also);
  } catch (error) {
    if (error instanceof RequestFailed || init.signal?.aborted) throw error;
    throw lost();
  } finally {
    seen();
  }
}

/**
 * @param also a status that is no failure although it is not a success
 * @throws RequestFailed
 */
export async function get<T>(path: string, signal?: AbortSignal, also?: number): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), READ_TIMEOUT_MS);
  try {
    const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    return await send<T>(path, { signal: either }, also);
  } catch (error) {
    // The caller aborted it on purpose, or it took too long; `send` cannot know which.
    if (!late.signal.aborted || signal?.aborted) throw error;
    throw lost();
  } finally {
    clearTimeout(timer);
  }
}

type Change = {
  method?: "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/**
 * Sends a request that changes something. The custom header proves that the request comes from a page of this origin.
 *
 * @throws RequestFailed
 */
export const change = <T>(
  path: string,
  body: unknown,
  { method = "POST", headers, signal }: Change = {},
): Promise<T> =>
  send<T>(path, {
    method,
    ...(signal ? { signal } : {}),
    headers: {
      "X-CTO-Requested-With": "dashboard",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Returns the problem of an error for display; null for a request that was aborted on purpose. */
export const problemFrom = (error: unknown): Problem | null => {
  if (error instanceof RequestFailed) return error.problem;
  if (error instanceof DOMException && error.name === "AbortError") return null;
  return {
    status: 500,
    title: "This is a bug of the dashboard.",
    code: "INTERNAL",
    detail: String(error),
    remedy: "Reload the page; if it happens again, please report it.",
  };
};
