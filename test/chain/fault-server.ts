/** Runs a real HTTP server whose JSON-RPC answers a test defines: late, cut, refused, old or wrong. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type Reply =
  /** With `id`: the id of the answer, if it is not the request's. */
  | { readonly status?: never; readonly id?: unknown; readonly result: unknown }
  | {
      readonly status?: never;
      readonly id?: unknown;
      readonly error: { code: number; message: string; data?: unknown };
    }
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly id?: unknown;
      /** A JSON-RPC error with that HTTP status. */
      readonly error?: { code: number; message: string; data?: unknown };
    }
  | { readonly status?: never; readonly raw: string }
  | { readonly status?: never; readonly gzip: Buffer }
  | { readonly status?: never; readonly hang: true };

export type Request = { readonly id?: unknown; readonly method: string; readonly params: unknown[] };

/** Returns the answer to a request. `before` is the number of earlier requests with the same method. */
export type Handler = (request: Request, before: number) => Reply | Promise<Reply>;

/** The genesis hash of every server, unless a test sets another one. */
const GENESIS = "11111111111111111111111111111111";

export type FaultServer = AsyncDisposable & {
  readonly url: string;
  /** All requests, except those for the consensus, which a process sends once. */
  readonly requests: readonly (Request & { headers: Record<string, unknown> })[];
};

/** Starts the server. @param genesis the answer to `getGenesisHash`, which no test counts; null: the handler answers it */
export async function startFaultServer(
  handler: Handler,
  genesis: string | null = GENESIS,
): Promise<FaultServer> {
  const requests: (Request & { headers: Record<string, unknown> })[] = [];
  const server: Server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = JSON.parse(Buffer.concat(chunks).toString()) as Request;
    if (request.method === "getGenesisHash" && genesis !== null) {
      outgoing.setHeader("content-type", "application/json");
      return void outgoing.end(JSON.stringify({ jsonrpc: "2.0", id: request.id, result: genesis }));
    }
    const before = requests.filter(({ method }) => method === request.method).length;
    requests.push({ ...request, headers: incoming.headers });
    const reply = await handler(request, before);
    if ("hang" in reply) return;
    if (reply.status !== undefined) {
      const body = reply.error && JSON.stringify({ jsonrpc: "2.0", id: request.id, ...reply });
      return void outgoing.writeHead(reply.status, reply.headers).end(body);
    }
    outgoing.setHeader("content-type", "application/json");
    if ("gzip" in reply) return void outgoing.setHeader("content-encoding", "gzip").end(reply.gzip);
    outgoing.end("raw" in reply ? reply.raw : JSON.stringify({ jsonrpc: "2.0", id: request.id, ...reply }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests.filter(({ method }) => method !== "getAgGenesisCert");
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns the error that a promise was rejected with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`expected a failure, got ${String(value)}`);
    },
    (error: unknown) => error,
  );
