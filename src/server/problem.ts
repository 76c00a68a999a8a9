/**
 * Converts errors to RFC 9457 problems. Each code has an HTTP status. Details of unexpected errors stay in the log.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { problemsIn } from "../base/issue-words.ts";
import { CTOError, type ErrorCode, isCTOError, REGISTRY, toFailure } from "../errors/index.ts";
import type { MethodsOf } from "./methods.ts";
import type { Problem } from "./schemas/common.ts";

const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** How long a client should wait before it retries after a 503 answer, seconds. */
const RETRY_AFTER_S = 5;

const codes = <Status extends number>(status: Status, ...named: ErrorCode[]): [ErrorCode, Status][] =>
  named.map((code) => [code, status]);

/**
 * A code that is not listed here has status 422: we understood the request, but cannot carry it out in the current
 * state.
 */
const STATUS: ReadonlyMap<ErrorCode, number> = new Map([
  ...codes(
    400,
    "CTO_E_REQUEST_INVALID",
    "CTO_E_USAGE",
    "CTO_E_OPERATION_INVALID",
    "CTO_E_TOKEN_ADDRESS_INVALID",
    "CTO_E_TOKEN_IS_WRAPPED_SOL",
    "CTO_E_AMOUNT_INVALID",
    "CTO_E_MODE_UNKNOWN",
    "CTO_E_PLATFORM_UNKNOWN",
    "CTO_E_WALLET_KEY_INVALID",
    "CTO_E_WALLET_KEY_NEEDS_ADDRESS",
    "CTO_E_WALLET_KEY_IS_ADDRESS",
    "CTO_E_WALLET_KEY_CLI_ONLY",
    "CTO_E_WALLET_KEY_WRONG_NETWORK",
    "CTO_E_API_KEY_INVALID",
    "CTO_E_WEBHOOK_INVALID",
    "CTO_E_CALL_TERMS_INVALID",
    "CTO_E_PLEDGE_INVALID",
  ),
  ...codes(401, "CTO_E_UNAUTHENTICATED"),
  ...codes(403, "CTO_E_FORBIDDEN", "CTO_E_CALLER_NOT_NAMED", "CTO_E_MUSTER_NOT_PROVED"),
  ...codes(
    404,
    "CTO_E_ROUTE_UNKNOWN",
    "CTO_E_OPERATION_UNKNOWN",
    "CTO_E_STEP_UNKNOWN",
    "CTO_E_USER_UNKNOWN",
    "CTO_E_WALLET_UNKNOWN",
    "CTO_E_API_KEY_UNKNOWN",
    "CTO_E_MINT_NOT_FOUND",
    "CTO_E_WEBHOOK_UNKNOWN",
    "CTO_E_DELIVERY_UNKNOWN",
    "CTO_E_CHAT_UNKNOWN",
    "CTO_E_CALL_UNKNOWN",
    "CTO_E_CALL_WITHOUT_RECEIPT",
    "CTO_E_CALLS_OFF",
    "CTO_E_MUSTER_NOT_A_MEMBER",
  ),
  ...codes(
    409,
    "CTO_E_IDEMPOTENCY_KEY_REUSED",
    "CTO_E_USER_EXISTS",
    "CTO_E_API_KEY_LAST_ADMIN",
    "CTO_E_WALLET_EXISTS",
    "CTO_E_WALLET_OF_ANOTHER_USER",
    "CTO_E_WALLET_FUNDING_EXISTS",
    "CTO_E_OPERATION_ENDED",
    "CTO_E_EVENTS_AHEAD",
    "CTO_E_REVIEW_REFUSED",
    "CTO_E_REVIEW_BUSY",
    "CTO_E_RECOVERY_TOO_EARLY",
    "CTO_E_RETRY_TOO_EARLY",
    "CTO_E_RETRY_NEEDS_REVIEW",
    "CTO_E_RETRY_RESTORED",
    "CTO_E_RETRY_NOTHING",
    "CTO_E_RETRY_EXISTS",
    "CTO_E_CALL_EXISTS",
    "CTO_E_CALL_NOT_OPEN",
    "CTO_E_CALL_NOT_ANNOUNCED",
    "CTO_E_PLEDGE_REPLAYED",
    "CTO_E_MUSTER_NOTHING_TO_SIGN",
    "CTO_E_CALL_FULL",
    "CTO_E_CALL_START_REFUSED",
    "CTO_E_MUSTER_HANDED_ONCE",
    "CTO_E_MUSTER_SIGNED_LATE",
    "CTO_E_MUSTER_SIGNED_ALREADY",
    "CTO_E_MUSTER_WITHDRAWN_LATE",
  ),
  ...codes(405, "CTO_E_METHOD_NOT_ALLOWED"),
  ...codes(413, "CTO_E_REQUEST_TOO_LARGE"),
  ...codes(415, "CTO_E_MEDIA_TYPE_UNSUPPORTED"),
  ...codes(
    429,
    "CTO_E_RATE_LIMITED",
    "CTO_E_ESTIMATES_LIMITED",
    "CTO_E_TOO_MANY_CONNECTIONS",
    "CTO_E_OPERATIONS_TOO_MANY",
  ),
  ...codes(500, "CTO_E_INTERNAL", "CTO_E_JOURNAL_UNREADABLE"),
  ...codes(
    503,
    "CTO_E_CONFIG_NO_CLUSTER",
    "CTO_E_JOURNAL_UNAVAILABLE",
    "CTO_E_QUEUE_UNAVAILABLE",
    "CTO_E_RPC_UNAVAILABLE",
    "CTO_E_RPC_INVALID_ANSWER",
    "CTO_E_VENUE_UNAVAILABLE",
    "CTO_E_VENUE_INVALID_ANSWER",
  ),
]);

export const statusOf = (code: ErrorCode): number => STATUS.get(code) ?? 422;

/** The same for every occurrence of the code, as RFC 9457 requires. */
const titleOf = (code: ErrorCode): string => REGISTRY[code].cause;

const problemsOf = (error: CTOError): string[] | undefined => {
  const { problems } = error.context as { problems?: unknown };
  return Array.isArray(problems) ? problems.map(String) : undefined;
};

/** Hides the message of an internal error, which may contain confidential data. The log has it. */
const withoutInternals = (error: unknown): CTOError => {
  if (isCTOError(error) && statusOf(error.code) !== 500) return error;
  const { code } = toFailure(error);
  return new CTOError("CTO_E_INTERNAL", {
    reason: code === "CTO_E_INTERNAL" ? "see the server's log" : code,
  });
};

export function toProblem(thrown: unknown, instance?: string): Problem {
  const error = withoutInternals(thrown);
  const problems = problemsOf(error);
  return {
    type: `/docs/errors#${error.code}`,
    title: titleOf(error.code),
    status: statusOf(error.code),
    detail: error.message,
    code: error.code,
    remedy: error.remedy,
    ...(instance === undefined ? {} : { instance }),
    ...(problems === undefined ? {} : { problems }),
  };
}

/** Converts Fastify's own errors to our errors. Any other error stays as it is. */
function translate(error: unknown, request: FastifyRequest): unknown {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, keyword, message = "is not valid", params }) => ({
      ...params,
      code: keyword,
      message,
      path: instancePath.split("/"),
    }));
    const problems = problemsIn(issues, error.validationContext ?? "request");
    return new CTOError("CTO_E_REQUEST_INVALID", { problems: [...new Set(problems)].slice(0, 20) });
  }
  const { code, statusCode } = error as Partial<FastifyError>;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new CTOError("CTO_E_REQUEST_TOO_LARGE", { limitBytes: request.routeOptions.bodyLimit });
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    const mediaType = String(request.headers["content-type"] ?? "none").slice(0, 100);
    return new CTOError("CTO_E_MEDIA_TYPE_UNSUPPORTED", { mediaType });
  }
  // Malformed JSON, an empty body or a bad URL is the caller's fault. We do not repeat the parser's message.
  if (!isCTOError(error) && statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new CTOError("CTO_E_REQUEST_INVALID", {
      problems: ["it cannot be read as HTTP with a JSON body"],
    });
  }
  return error;
}

/** Sends a problem. We serialise it ourselves, because a response schema could remove fields. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) reply.header("retry-after", RETRY_AFTER_S);
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** The app's error handler. A request that no route takes may also have a body that cannot be read. */
export const createErrorHandler =
  (methodsOf: MethodsOf) =>
  (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    request.is404 && !isCTOError(thrown)
      ? createUnknownRouteHandler(methodsOf)(request, reply)
      : handleError(thrown, request, reply);

/** Converts what a route has thrown, and logs it if it is ours. */
export function problemOf(thrown: unknown, request: FastifyRequest): Problem {
  const error = translate(thrown, request);
  const problem = toProblem(error, request.url.split("?")[0]);
  if (problem.status >= 500) {
    const reason = error instanceof Error ? error.message : String(error);
    request.log.error({ code: problem.code, reason, route: request.routeOptions.url }, "request failed");
  }
  return problem;
}

export const handleError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendProblem(withRetryAfter(reply, thrown), problemOf(thrown, request));

/** A limit of ours says when it ends. The limit of all requests sets the header itself. */
const withRetryAfter = (reply: FastifyReply, thrown: unknown): FastifyReply => {
  const isLimit = isCTOError(thrown, "CTO_E_RATE_LIMITED") || isCTOError(thrown, "CTO_E_ESTIMATES_LIMITED");
  return isLimit && !reply.hasHeader("retry-after")
    ? reply.header("retry-after", thrown.context.seconds)
    : reply;
};

/** A page begins after something that there is. @throws `CTO_E_REQUEST_INVALID` */
export function requireFound(found: unknown, parameter: "cursor" | "before", source: string): void {
  if (found != null) return;
  throw new CTOError("CTO_E_REQUEST_INVALID", { problems: [`querystring.${parameter}: is no ${source}`] });
}

/** Answers a request that no route takes. */
export const createUnknownRouteHandler =
  (methodsOf: MethodsOf) =>
  ({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const whole = url.split("?")[0] ?? "";
    const path = whole.slice(0, 200);
    const allowed = methodsOf(whole);
    // A route of files takes every path below it, and may have no such file.
    if (allowed.length === 0 || allowed.includes(method))
      return sendProblem(reply, toProblem(new CTOError("CTO_E_ROUTE_UNKNOWN", { method, path }), path));
    reply.header("allow", allowed.join(", "));
    return sendProblem(
      reply,
      toProblem(new CTOError("CTO_E_METHOD_NOT_ALLOWED", { method, path, allowed }), path),
    );
  };
