/**
 * Sends requests to the HTTP API: JSON in both directions, with the session's cookie. Failures become problems with a
 * remedy.
 */
import { signal } from "@preact/signals";
import type { Problem } from "./types.ts";

/** The time since which the server is unreachable; null if the last request was answered. */
export const unreachableSince = signal<Date | null>(null);

/** The time since which some read has been waiting for longer than usual; null if none is. */
export const slowSince = signal<Date | null>(null);

/** The time of the last answer of the server, whatever it was. What the page shows is not older than the reads of then. */
export const answeredAt = signal<Date | null>(null);

/** A read that takes longer than this, ms, is called slow, and the page says so. */
const SLOW_MS = 4_000;
/** A read without an answer after this time, ms, has failed. A lost connection may otherwise leave it open for minutes. */
const READ_TIMEOUT_MS = 30_000;

const slowReads = new Set<Date>();
const showSlow = (): void => {
  const [oldest] = slowReads;
  slowSince.value = oldest ?? null;
};

/** Notes a read as slow when it has waited for long. @returns a function to call at its end */
function watchSlow(): () => void {
  const began = new Date();
  const timer = setTimeout(() => {
    slowReads.add(began);
    showSlow();
  }, SLOW_MS);
  return () => {
    clearTimeout(timer);
    if (slowReads.delete(began)) showSlow();
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

const isProblem = (body: unknown): body is Problem =>
  typeof body === "object" && body !== null && "detail" in body && "code" in body;

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  if (isProblem(body)) return { ...body, status: response.status };
  return {
    status: response.status,
    title: response.statusText,
    detail: `The server answered with status ${response.status}.`,
    code: `HTTP_${response.status}`,
    remedy: "Look into the server's log.",
  };
}

async function answer<T>(response: Response): Promise<T> {
  unreachableSince.value = null;
  answeredAt.value = new Date();
  if (response.ok) return (response.status === 204 ? null : await response.json()) as T;
  const problem = await problemOf(response);
  if (response.status === 401) onUnauthenticated.current();
  throw new RequestFailed(problem);
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    unreachableSince.value ??= new Date();
    throw new RequestFailed(UNREACHABLE);
  }
  return answer<T>(response);
}

/** @throws RequestFailed */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const seen = watchSlow();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), READ_TIMEOUT_MS);
  try {
    return await send<T>(path, { signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal });
  } catch (error) {
    // The caller aborted it on purpose, or it took too long; `send` cannot know which.
    if (!late.signal.aborted || signal?.aborted) throw error;
    unreachableSince.value ??= new Date();
    throw new RequestFailed(UNREACHABLE);
  } finally {
    clearTimeout(timer);
    seen();
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
    ...UNREACHABLE,
    title: "Internal error",
    code: "INTERNAL",
    detail: String(error),
    remedy: "Reload the page.",
  };
};
