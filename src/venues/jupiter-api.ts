/** Sends requests to Jupiter: one GET, within its rate limit, with bounded retries and our own errors. */
import pRetry from "p-retry";
import { z } from "zod";
import { readBounded, TooLarge } from "../base/bounded-body.ts";
import { hideSecrets, secretsOf } from "../base/hide-secrets.ts";
import { jupiterBuildUrl } from "../base/jupiter-url.ts";
import { linkSignal } from "../base/linked-signal.ts";
import type { Address } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { type BuildAnswer, buildAnswerSchema } from "./jupiter-answer.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { WRAPPED_SOL_MINT } from "./token-layout.ts";

export type JupiterApiOptions = {
  /** `https://api.jup.ag`, or a desk's URL. A path in it, such as a proxy's prefix, is kept. */
  readonly url: string;
  readonly apiKey?: string;
  /** Default on api.jup.ag: 0.5 without a key, 1 with one (the free plan). Elsewhere unlimited. */
  readonly requestsPerSecond?: number;
  /** The timeout of one request, ms. Default 10,000. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  /** Called for each request that is sent, retries included. */
  readonly onRequest?: () => void;
  /** When it is aborted, waiting and running requests end with `CTO_E_VENUE_UNAVAILABLE`. */
  readonly signal?: AbortSignal;
};

/** One buy of `mint` with SOL. Amounts are lamports, ratios basis points. */
export type BuildQuery = {
  readonly mint: Address;
  readonly lamports: bigint;
  readonly taker: Address;
  readonly payer: Address;
  readonly slippageBps: number;
  readonly maxAccounts: number;
};

export type JupiterApi = {
  /** @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER` */
  build(query: BuildQuery): Promise<BuildAnswer>;
};

/**
 * Retries after the first try. With the doubling delays they take about four seconds, without the pauses of the rate
 * limit.
 */
const RETRIES = { retries: 4, minTimeout: 250, factor: 2, randomize: false };
/** Jupiter counts over 60 s, so we ignore a reset time further away than this. */
const LONGEST_PAUSE_MS = 61_000;

/** An answer has about a hundred accounts, and lookup tables of 256 addresses each. */
const MOST_ANSWER_BYTES = 2 * 2 ** 20;

/** Characters of an untrusted text in an error. */
const MOST_TEXT = 300;

/** A fault that may not occur on a later try. */
class Transient extends Error {}

const unavailable = (reason: string, options?: ErrorOptions) =>
  new CTOError("CTO_E_VENUE_UNAVAILABLE", { venue: "jupiter", reason }, options);

const invalid = (problem: string) =>
  new CTOError("CTO_E_VENUE_INVALID_ANSWER", { venue: "jupiter", problem });

/** Returns the rate of the plan, requests per second; `Infinity` without a limit. */
export const jupiterRate = ({
  url,
  apiKey,
  requestsPerSecond,
}: Pick<JupiterApiOptions, "url" | "apiKey" | "requestsPerSecond">): number => {
  if (requestsPerSecond !== undefined) return requestsPerSecond;
  if (new URL(url).hostname !== "api.jup.ag") return Number.POSITIVE_INFINITY;
  return apiKey === undefined ? 0.5 : 1;
};

/** The API's own error text, if the body is the documented `{"error": text}`. */
const errorText = (body: string): string | null => {
  try {
    return z.object({ error: z.string() }).parse(JSON.parse(body)).error;
  } catch {
    return null;
  }
};

/**
 * `x-ratelimit-reset` is in Unix seconds. `x-ratelimit-remaining` may be negative, and is sent with status 200 as
 * well as with 429.
 */
const obeyRateHeaders = (response: Response, limit: RateLimit): void => {
  const remaining = response.headers.get("x-ratelimit-remaining");
  const exhausted = response.status === 429 || (remaining !== null && Number(remaining) <= 0);
  const resetMs = Number(response.headers.get("x-ratelimit-reset") ?? Number.NaN) * 1_000;
  if (!exhausted || !Number.isFinite(resetMs)) return;
  limit.pauseUntil(Math.min(resetMs, Date.now() + LONGEST_PAUSE_MS));
};

/** Makes an untrusted text safe to show: users read it. */
type Safe = (text: string) => string;

const safeFor = ({ url, apiKey }: JupiterApiOptions): Safe => {
  const hide = hideSecrets([...secretsOf(url), ...(apiKey === undefined ? [] : [apiKey])]);
  return (text) =>
    hide(text)
      .replace(/[^\x20-\x7e…]/g, " ")
      .slice(0, MOST_TEXT);
};

const describe = (response: Response, text: string | null, safe: Safe): string => {
  const id = response.headers.get("x-api-gateway-request-id");
  return `HTTP ${response.status}${text === null ? "" : `: ${safe(text)}`}${id === null ? "" : ` (request ${safe(id).slice(0, 64)})`}`;
};

const parse = (body: string, safe: Safe): BuildAnswer => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw invalid("the body is not JSON");
  }
  const parsed = buildAnswerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw invalid(safe(problems.join("; ")));
};

const read = async (
  response: Response,
  mint: Address,
  { limit, safe }: { readonly limit: RateLimit; readonly safe: Safe },
): Promise<BuildAnswer> => {
  obeyRateHeaders(response, limit);
  const body = await readBounded(response, MOST_ANSWER_BYTES);
  const { status } = response;
  if (status === 200) return parse(body, safe);
  const text = errorText(body);
  const reason = describe(response, text, safe);
  if (status === 429 || status >= 500) throw new Transient(reason);
  // Other statuses, such as 401 for a refused key, must not look like a missing route.
  if (status !== 400) throw unavailable(reason);
  const why = text === null ? "no route, reason unknown" : safe(text);
  throw new CTOError("CTO_E_NO_ROUTE", { mint, venue: "jupiter", reason: why });
};

const buildUrl = (base: string, query: BuildQuery): URL => {
  const url = jupiterBuildUrl(base);
  const parameters = {
    inputMint: WRAPPED_SOL_MINT,
    outputMint: query.mint,
    amount: query.lamports.toString(),
    taker: query.taker,
    payer: query.payer,
    slippageBps: query.slippageBps.toString(),
    maxAccounts: query.maxAccounts.toString(),
    wrapAndUnwrapSol: "true",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
};

/**
 * Creates the client.
 * @example
 * const api = createJupiterApi({ url: "https://api.jup.ag" });
 * const { outAmount } = await api.build({ mint, lamports: 10_000_000n, taker, payer: taker, slippageBps: 100, maxAccounts: 64 });
 */
export const createJupiterApi = (options: JupiterApiOptions): JupiterApi => {
  const limit = createRateLimit(jupiterRate(options));
  const safe = safeFor(options);
  const headers = {
    accept: "application/json",
    ...(options.userAgent === undefined ? {} : { "user-agent": options.userAgent }),
    ...(options.apiKey === undefined ? {} : { "x-api-key": options.apiKey }),
  };

  const closing = options.signal ?? new AbortController().signal;

  const request = async (query: BuildQuery): Promise<BuildAnswer> => {
    const { signal, abort, release } = linkSignal([closing]);
    const timer = setTimeout(abort, options.timeoutMs ?? 10_000);
    options.onRequest?.();
    try {
      // We do not follow a redirect, because it would send the key to another host. A redirect counts as no answer.
      const response = await fetch(buildUrl(options.url, query), { headers, signal, redirect: "manual" });
      return await read(response, query.mint, { limit, safe });
    } catch (error) {
      if (error instanceof CTOError || error instanceof Transient) throw error;
      if (error instanceof TooLarge) throw invalid(error.message);
      throw new Transient(signal.aborted ? "time-out" : "no connection", { cause: error });
    } finally {
      clearTimeout(timer);
      release();
    }
  };

  return {
    build: (query) =>
      pRetry(() => limit.run(() => request(query), closing), {
        ...RETRIES,
        signal: closing,
        shouldRetry: (error) => error instanceof Transient,
      }).catch((error: unknown) => {
        if (closing.aborted) throw unavailable("the connection is being closed", { cause: error });
        throw error instanceof Transient ? unavailable(error.message, { cause: error }) : error;
      }),
  };
};
