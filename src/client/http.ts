/**
 * Sends one request to the HTTP API, and converts its problems to errors. It uses only `fetch`, so it works in browsers
 * and in Node.
 */
import type { Problem } from "../server/schemas/common.ts";

/** A refusal or failure of the server. A code never changes its meaning (docs/errors.md). */
export class CTOClientError extends Error {
  override readonly name = "CTOClientError";
  /** Such as `CTO_E_USER_UNKNOWN`. `CTO_E_UNREADABLE_ANSWER` means that the answer did not come from the CTO queue. */
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;
  /** What to do about the error. */
  readonly remedy: string;
  /** One line for each fault of the request. */
  readonly problems: readonly string[];
  /** How long to wait before another try, according to the server, ms. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.remedy = problem.remedy;
    this.problems = problem.problems ?? [];
    this.retryAfterMs = retryAfterMs;
  }
}

export type ClientOptions = {
  /** The server's URL, such as `https://cto.example`. */
  readonly url: string;
  /** A key of `cto api-keys create`. Without one, only public routes and the browser's session work. */
  readonly key?: string;
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof fetch;
};

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type RequestOptions = {
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

/** Sends a request and returns the JSON of its answer. */
export type Ask = <Answer>(
  method: string,
  path: string,
  options?: { body?: unknown; query?: Query },
) => Promise<Answer>;

export type Send = (method: string, path: string, options?: RequestOptions) => Promise<Response>;

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value && "status" in value;

const unreadable = (status: number, why: string): Problem => ({
  type: "about:blank",
  title: "The answer is not one of the CTO queue",
  status,
  detail: `HTTP ${status}, ${why}`,
  code: "CTO_E_UNREADABLE_ANSWER",
  remedy: "Check the URL, and what stands between here and the server.",
});

/**
 * Returns the JSON of a success; null if the answer has no content.
 *
 * @throws {@link CTOClientError} if it is not JSON: another server, or a login page in between, answers 200, too
 */
export async function readAnswer<Answer>(answer: Response): Promise<Answer> {
  if (answer.status === 204) return null as Answer;
  const text = await answer.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new CTOClientError(unreadable(answer.status, "with content that is not JSON"));
  }
}

/** @throws {@link CTOClientError} if the answer is no stream of events */
export function requireEvents(answer: Response): void {
  if (answer.headers.get("content-type")?.startsWith("text/event-stream")) return;
  throw new CTOClientError(unreadable(answer.status, "with content that is no stream of events"));
}

async function errorOf(answer: Response): Promise<CTOClientError> {
  const problem: unknown = await answer.json().catch(() => null);
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  return new CTOClientError(
    isProblem(problem) ? problem : unreadable(answer.status, "without a problem that says why"),
    Number.isFinite(seconds) ? seconds * 1_000 : null,
  );
}

/**
 * Returns the address of a path of the API. A server may be served below a path of its own, which stays. `URL` resolves
 * "." and ".." in a path, also when they are encoded. Such an id must not move a request.
 */
function addressOf(path: string, url: string): URL {
  const whole = `${new URL(url).pathname.replace(/\/+$/, "")}${path}`;
  const address = new URL(whole, url);
  if (address.pathname === whole) return address;
  throw new CTOClientError({
    type: "/docs/errors#CTO_E_REQUEST_INVALID",
    title: "The path, query, headers or body do not match the API's document.",
    status: 400,
    detail: `No request was sent: ${path} would go to ${address.pathname}`,
    code: "CTO_E_REQUEST_INVALID",
    remedy: 'Nothing has the id "." or "..". Correct it.',
  });
}

const withQuery = (url: URL, query: Query): URL => {
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  return url;
};

/**
 * @throws in each call: {@link CTOClientError} if the answer is not a success; the errors of `fetch` if there is no
 * answer
 */
export function createSend({ url, key, fetch: ask = fetch }: ClientOptions): Send {
  return async (method, path, { query = {}, body, headers = {}, signal } = {}) => {
    const answer = await ask(withQuery(addressOf(path, url), query), {
      method,
      headers: {
        accept: "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!answer.ok) throw await errorOf(answer);
    return answer;
  };
}
