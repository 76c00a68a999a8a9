/** Serves the localnet's HTTP endpoint: JSON-RPC requests, single or in batches, and `GET /health`. */
import { setTimeout as sleep } from "node:timers/promises";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Cluster } from "./cluster.ts";
import type { Fault, Faults } from "./faults.ts";
import { stringifyJson } from "./json.ts";
import { RpcError } from "./rpc/errors.ts";
import { answer, errorResponse, invalidRequest, parseRequest } from "./rpc/index.ts";

/** Agave's limit for request bodies. */
const MAX_BODY_BYTES = 50 * 1024;

const parseBody = (body: unknown): { bodies: unknown[]; batch: boolean } | null => {
  try {
    const value: unknown = JSON.parse(String(body));
    return Array.isArray(value) ? { bodies: value, batch: true } : { bodies: [value], batch: false };
  } catch {
    return null;
  }
};

const send = (reply: FastifyReply, value: unknown): FastifyReply =>
  reply.type("application/json").send(stringifyJson(value));

/** Destroys the connection: the client sees a socket error, not an answer. */
const hangUp = (reply: FastifyReply): FastifyReply => {
  reply.hijack();
  reply.raw.destroy();
  return reply;
};

const handle = async (
  cluster: Cluster,
  faults: Faults,
  reply: FastifyReply,
  body: unknown,
): Promise<FastifyReply> => {
  const parsed = parseBody(body);
  if (parsed === null) return send(reply, errorResponse(null, new RpcError("parse", "Parse error")));
  if (parsed.bodies.length === 0) return send(reply, invalidRequest());
  const requests = parsed.bodies.map(parseRequest);
  const fault = requests
    .map((request): Fault | undefined =>
      request ? faults.intercept?.(request.method, request.params) : undefined,
    )
    .find((found) => found !== undefined);
  const delay = faults.latencyMs + (fault && "delayMs" in fault ? fault.delayMs : 0);
  if (delay > 0) await sleep(delay);
  if (fault && "httpStatus" in fault) return reply.code(fault.httpStatus).send();
  if (fault && "drop" in fault) return hangUp(reply);
  const answers = requests.map((request) => (request === null ? invalidRequest() : answer(cluster, request)));
  if (fault && "answerLost" in fault) return hangUp(reply);
  return send(reply, parsed.batch ? answers : answers[0]);
};

/** Creates the server. It does not listen yet. */
export const createHttpServer = (cluster: Cluster, faults: Faults): FastifyInstance => {
  const server = Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  // We keep bodies as text, because errors in them must be JSON-RPC errors, not HTTP errors.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  server.post("/", (request, reply) => handle(cluster, faults, reply, request.body));
  server.get("/health", () => "ok");
  return server;
};
