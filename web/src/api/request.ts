/**
 * Sends requests to the HTTP API: JSON in both directions, with the session's cookie. Failures become problems with a
 * remedy.
 */
import { signal } from "@preact/signals";
import type { Problem } from "./types.ts";

/** The time since which the server is unreachable; null if the last request was answered. */
export const unreachableSince = signal<Date | null>(null);

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
  remedy: "Check that `cto start` or `cto serve` is running; the dashboard tries again by itself.",
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
export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  send<T>(path, signal ? { signal } : {});

type Change = { method?: "POST" | "PUT" | "DELETE"; headers?: Record<string, string>; signal?: AbortSignal };

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
