/**
 * Defines the context that the routes share: the queue's context, the chain opened on first use, and the live
 * connections.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { ChainPorts } from "../runtime/chain-ports.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Detector } from "../services/detect.ts";
import type { LiveConnections } from "./auth/live-connections.ts";

export type ServerContext = {
  readonly context: CTOContext;
  readonly version: string;
  /** The folder of the built dashboard. */
  readonly webRoot: string;
  readonly log: Logger;
  /**
   * The chain and the venues, opened on first use.
   *
   * @throws `CTO_E_CONFIG_NO_CLUSTER`
   */
  chainPorts(): Promise<ChainPorts>;
  readonly detector: Detector;
  readonly metrics: Metrics;
  readonly connections: LiveConnections;
};

/** A Fastify app with zod schemas as the types of its requests and responses. */
export type ServerApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The routes of one resource. */
export type Routes = (app: ServerApp, server: ServerContext) => void | Promise<void>;
