/** Defines the faults that a test can cause at the localnet's HTTP endpoint. */

/**
 * - `delayMs`: answers later.
 * - `httpStatus`: answers with this status and an empty body, without executing the request (429, 503, ...).
 * - `drop`: closes the connection without executing the request.
 * - `answerLost`: executes the request, then closes the connection without an answer.
 */
export type Fault =
  | { readonly delayMs: number }
  | { readonly httpStatus: number }
  | { readonly drop: true }
  | { readonly answerLost: true };

export type Interceptor = (method: string, params: readonly unknown[]) => Fault | undefined;

/** Mutable, so that a test can change it while the localnet runs. */
export type Faults = {
  /** Added to the time of every HTTP request, ms. */
  latencyMs: number;
  /** Called for every request. In a batch, the first fault applies to the whole batch. */
  intercept: Interceptor | undefined;
};
