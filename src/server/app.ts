/**
 * Builds the HTTP server: Fastify with the same services that the command line uses. `buildApp` returns an app that
 * is ready to listen, or to receive requests through `inject`.
 */

import cookie from "@fastify/cookie";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyBaseLogger, type FastifyRequest, LogController } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { networkOf } from "../base/address-list.ts";
import { once } from "../base/once.ts";
import { within } from "../base/within.ts";
import type { Config } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import { openChainPorts } from "../runtime/chain-ports.ts";
import type { CTOContext } from "../runtime/context.ts";
import { createLogger } from "../runtime/log.ts";
import { createMetrics, type Metrics } from "../runtime/metrics.ts";
import { createDetector } from "../services/detect.ts";
import { mountBoard } from "./admin-queues.ts";
import { takeTurns } from "./auth/chain-turns.ts";
import { guard } from "./auth/guard.ts";
import { openLiveConnections } from "./auth/live-connections.ts";
import { watchMethods } from "./methods.ts";
import { describeApi } from "./openapi.ts";
import { createErrorHandler, createUnknownRouteHandler, handleError } from "./problem.ts";
import { registerRoutes } from "./routes/index.ts";
import { measureServer } from "./routes/metrics.ts";
import type { Routes, ServerApp, ServerContext } from "./server-context.ts";
import { attachSocket } from "./socket/index.ts";
import type { OutboxBounds } from "./socket/outbox.ts";

/** The limit of a request's body, bytes. A batch of 100 operations has its own, larger limit. */
const BODY_LIMIT = 128 * 1024;
/** A user id may have 128 characters. In a URL, each may take up to twelve. */
const MAX_PARAM_LENGTH = 128 * 12;
const REQUEST_TIMEOUT_MS = 60_000;
/** How long an app that could not be built may take to close. */
const CLOSE_MS = 5_000;

export type ServerOptions = {
  /** The package's version. */
  readonly version: string;
  /** The limits of the messages that wait for a slow Socket.IO client. */
  readonly socket?: OutboxBounds;
  /** The folder of the built dashboard. */
  readonly webRoot: string;
  /** The registry of this process. Default: the server's own. */
  readonly metrics?: Metrics;
  /** Additional routes, for tests of the app itself. */
  readonly extraRoutes?: Routes;
};

/** Opens the chain on first use, because reading operations does not need it. */
function openServerContext(
  context: CTOContext,
  { version, webRoot, metrics = createMetrics() }: ServerOptions,
  log: Logger,
) {
  // A failed opening is not cached: the localnet may be running at the next call.
  const chainPorts = once(async () => {
    const ports = await openChainPorts(context);
    metrics.watchChain(() => ports.chain.stats());
    return ports;
  });
  const server: ServerContext = {
    context,
    version,
    webRoot,
    log,
    chainPorts,
    detector: createDetector(context, chainPorts),
    metrics,
    connections: openLiveConnections(context, log),
  };
  const close = async (): Promise<void> => {
    await server.connections.close();
    (await chainPorts.forget()?.catch(() => undefined))?.chain.close();
  };
  return { server, close };
}

const securityHeaders = ({ CTO_PUBLIC_URL }: Config) => ({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: CTO_PUBLIC_URL?.startsWith("https:") === true,
  referrerPolicy: { policy: "no-referrer" as const },
});

const rateLimits = ({ CTO_HTTP_REQUESTS_PER_MINUTE }: Config) => ({
  max: CTO_HTTP_REQUESTS_PER_MINUTE,
  timeWindow: 60_000,
  keyGenerator: ({ caller, ip }: FastifyRequest): string => caller?.key.id ?? `address ${networkOf(ip)}`,
  errorResponseBuilder: (_request: FastifyRequest, { ttl }: { ttl: number }) =>
    new CTOError("CTO_E_RATE_LIMITED", { seconds: Math.ceil(ttl / 1_000) }),
});

const corsFor = (origins: readonly string[]) => ({
  origin: [...origins],
  // API keys only: a session's cookie must not be sent from another site.
  credentials: false,
  methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  allowedHeaders: ["authorization", "content-type", "idempotency-key", "last-event-id"],
  exposedHeaders: ["location", "idempotency-replayed", "retry-after"],
});

/**
 * Reads JSON and nothing else. Some clients always send a JSON content type, also with an empty body. We treat an empty body
 * as no body.
 */
function acceptJsonAlone(app: ServerApp): void {
  app.removeContentTypeParser("text/plain");
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body.toString(), done);
  });
}

/** Adds all that answers a request: guards first, routes after them. */
async function fill(app: ServerApp, server: ServerContext, options: ServerOptions): Promise<void> {
  const { config } = server.context;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const methodsOf = watchMethods(app);
  app.setErrorHandler(createErrorHandler(methodsOf));
  acceptJsonAlone(app);
  app.setNotFoundHandler(createUnknownRouteHandler(methodsOf));
  await app.register(helmet, securityHeaders(config));
  await app.register(cookie);
  await guard(app, server, async () => {
    if (config.CTO_CORS_ORIGINS !== undefined) await app.register(cors, corsFor(config.CTO_CORS_ORIGINS));
    await app.register(rateLimit, rateLimits(config));
  });
  takeTurns(app);
  measureServer(app, server);
  await describeApi(app, server);
  await registerRoutes(app, server);
  await mountBoard(app, server);
  attachSocket(app, server, options.socket);
  await options.extraRoutes?.(app, server);
  await app.ready();
}

/**
 * Builds the app without listening.
 *
 * @throws `CTO_E_INTERNAL` if a route has no access rule
 * @example
 * const app = await buildApp(context, { version: "0.1.0", webRoot: "/srv/cto/dist/web" });
 * const answer = await app.inject({ url: "/healthz" });
 */
export async function buildApp(context: CTOContext, options: ServerOptions): Promise<ServerApp> {
  const { config } = context;
  const log = createLogger(config).child({ part: "server" });
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    exposeHeadRoutes: false,
    frameworkErrors: handleError, // Errors of the router itself, before a route is chosen.
    forceCloseConnections: true,
    trustProxy: config.CTO_HTTP_TRUSTED_PROXIES ?? false,
  }).withTypeProvider<ZodTypeProvider>();
  const { server, close } = openServerContext(context, options, log);
  app.addHook("onClose", close);
  try {
    await fill(app, server, options);
  } catch (error) {
    // The first error says more. A queue that does not answer must not hide it.
    await within(CLOSE_MS, app.close(), () => new Error("it did not close")).catch(() => undefined);
    throw error;
  }
  return app;
}
