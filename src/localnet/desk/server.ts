/**
 * Serves the desk over HTTP: Jupiter's `GET /swap/v2/build`, with the real API's statuses, headers and error bodies.
 */
import { randomUUID } from "node:crypto";
import { type Address, address } from "@solana/kit";
import fastify, { type FastifyInstance } from "fastify";
import { problemsIn } from "../../base/issue-words.ts";
import { toAnswer, toRoutedAnswer } from "./answer.ts";
import type { DeskChain } from "./desk-chain.ts";
import type { Maker } from "./maker.ts";
import { type NewToken, newTokenSchema } from "./new-token.ts";
import { buildQuerySchema } from "./query.ts";
import { quoteRouted } from "./routed.ts";

const WRAPPED_SOL_MINT = address("So11111111111111111111111111111111111111112");

/** An answer that replaces the desk's own, to test how a client handles errors of the API. */
export type Fault = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

export type DeskServerOptions = {
  readonly chain: DeskChain;
  readonly maker: Maker;
  /** The desk's wallet, which buyers pay. */
  readonly desk: Address;
  /** Creates an SPL mint and lists it. */
  readonly createToken: (token: NewToken) => Promise<Address>;
  /** As on the real API, a request without a key is served, and a request with another key is refused. */
  readonly apiKey?: string;
  /** Called for every request, with its number from 1. */
  readonly fault?: (request: number) => Fault | undefined;
};

export const createDeskServer = ({
  chain,
  maker,
  desk,
  createToken,
  apiKey,
  fault,
}: DeskServerOptions): FastifyInstance => {
  const app = fastify({ forceCloseConnections: true });
  let requests = 0;

  app.addHook("onRequest", async (request, reply) => {
    requests += 1;
    reply.header("x-api-gateway-request-id", randomUUID());
    const given = request.headers["x-api-key"];
    if (apiKey !== undefined && given !== undefined && given !== apiKey) {
      return reply.code(401).send({ error: "Unauthorized" });
    }
    const instead = fault?.(requests);
    if (instead !== undefined) {
      return reply
        .code(instead.status)
        .headers({ ...instead.headers })
        .send(instead.body);
    }
    return undefined;
  });

  app.get("/swap/v2/build", async (request, reply) => {
    const parsed = buildQuerySchema.safeParse(request.query);
    if (!parsed.success) {
      const problems = problemsIn(parsed.error.issues, "");
      return reply.code(400).send({ error: `Invalid query: ${problems.join(", ")}` });
    }
    const query = parsed.data;
    const noRoute = () => reply.code(400).send({ error: "No routes found" });
    if (query.inputMint !== WRAPPED_SOL_MINT) return noRoute();
    const quote = await maker.quote(query.outputMint, query.amount, query.taker);
    if (quote !== null) return toAnswer(desk, query, quote, await chain.latestBlockhash());
    const routed = await quoteRouted(chain, query);
    return routed === null ? noRoute() : toRoutedAnswer(query, routed, await chain.latestBlockhash());
  });

  // Jupiter has no such route: other processes use it to create tokens on the localnet.
  app.post("/localnet/tokens", async (request, reply) => {
    const parsed = newTokenSchema.safeParse(request.body);
    if (!parsed.success) {
      const problems = problemsIn(parsed.error.issues, "");
      return reply.code(400).send({ error: `Invalid token: ${problems.join(", ")}` });
    }
    return reply.code(201).send({ mint: await createToken(parsed.data) });
  });

  // The real API does not give more detail either.
  app.setErrorHandler((_error, _request, reply) =>
    reply.code(500).send({ error: "Something unexpected occurred" }),
  );
  return app;
};
