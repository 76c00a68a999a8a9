/** Faults on demand: what a test can make the localnet's HTTP endpoint do to a request. */

/**
 * - `delayMs`: answers later.
 * - `httpStatus`: answers this status with an empty body, without carrying the request out (429, 503, ...).
 * - `drop`: closes the connection without carrying the request out.
 * - `answerLost`: carries the request out, then closes the connection without an answer.
 */
export type Fault =
  | { readonly delayMs: number }
  | { readonly httpStatus: number }
  | { readonly drop: true }
  | { readonly answerLost: true };

export type Interceptor = (method: string, params: readonly unknown[]) => Fault | undefined;

/** Mutable on purpose: a test changes it while the localnet runs. */
export type Faults = {
  /** Added to every HTTP request, ms. */
  latencyMs: number;
  /** Asked for every request; in a batch, the first fault counts for all of it. */
  intercept: Interceptor | undefined;
};
