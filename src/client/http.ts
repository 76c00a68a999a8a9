/** One request to the HTTP API, and its problems as errors. Browsers and Node alike: nothing but `fetch`. */
import type { Problem } from "../server/schemas/common.ts";

/** What the server refused, or could not do: its code never changes meaning (docs/errors.md). */
export class CTOClientError extends Error {
  override readonly name = "CTOClientError";
  /** Such as `CTO_E_USER_UNKNOWN`; `CTO_E_UNREADABLE_ANSWER` when what answered was not the CTO queue. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** What to do about it. */
  readonly remedy: string;
  /** One line for each thing that is wrong with the request. */
  readonly problems: readonly string[];
  /** How long the server asks to wait before another try, ms. */
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
  /** Where the server is, such as `https://cto.example`. */
  readonly url: string;
  /** A key of `cto api-keys create`. Without one, public routes and the browser's session are left. */
  readonly key?: string;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch;
};

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type RequestOptions = {
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

export type Send = (method: string, path: string, options?: RequestOptions) => Promise<Response>;

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value && "status" in value;

const unreadable = (status: number): Problem => ({
  type: "about:blank",
  title: "The answer is not one of the CTO queue",
  status,
  detail: `HTTP ${status}, without a problem that says why`,
  code: "CTO_E_UNREADABLE_ANSWER",
  remedy: "Check the URL, and what stands between here and the server.",
});

async function errorOf(answer: Response): Promise<CTOClientError> {
  const problem: unknown = await answer.json().catch(() => null);
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  return new CTOClientError(
    isProblem(problem) ? problem : unreadable(answer.status),
    Number.isFinite(seconds) ? seconds * 1_000 : null,
  );
}

const withQuery = (url: URL, query: Query): URL => {
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  return url;
};

/** @throws each call: {@link CTOClientError} for an answer that is no success; what `fetch` throws where there is none */
export function createSend({ url, key, fetch: ask = fetch }: ClientOptions): Send {
  return async (method, path, { query = {}, body, headers = {}, signal } = {}) => {
    const answer = await ask(withQuery(new URL(path, url), query), {
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
