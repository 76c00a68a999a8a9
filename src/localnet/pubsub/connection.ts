/** Serves one WebSocket client: its subscriptions, and the notifications that it receives. */
import type { WebSocket } from "ws";
import type { BlockEvent, Cluster } from "../cluster.ts";
import { stringifyJson } from "../json.ts";
import { invalidParams, RpcError } from "../rpc/errors.ts";
import { errorResponse, invalidRequest, parseRequest, type RpcRequest } from "../rpc/index.ts";
import { openSubscription, type Subscription } from "./subscriptions.ts";

const SUBSCRIBE = /^([a-z]+)Subscribe$/;
const UNSUBSCRIBE = /^([a-z]+)Unsubscribe$/;

/** The last subscription number. Numbers are unique within the process, as agave's are within a node. */
let lastId = 0;

class Connection {
  readonly #cluster: Cluster;
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<number, Subscription>();

  constructor(cluster: Cluster, socket: WebSocket) {
    this.#cluster = cluster;
    this.#socket = socket;
  }

  onMessage(text: string): void {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      this.#send(errorResponse(null, new RpcError("parse", "Parse error")));
      return;
    }
    const request = parseRequest(body);
    if (request === null) {
      this.#send(invalidRequest());
      return;
    }
    try {
      this.#handle(request);
    } catch (error) {
      this.#send(errorResponse(request.id, error));
    }
  }

  #handle({ id, method, params }: RpcRequest): void {
    const subscribe = SUBSCRIBE.exec(method)?.[1];
    const subscription = subscribe === undefined ? null : openSubscription(this.#cluster, subscribe, params);
    if (subscription !== null) {
      lastId += 1;
      this.#subscriptions.set(lastId, subscription);
      // As on a node, the first notification comes with the next block, because the client must receive the number
      // first.
      this.#send({ jsonrpc: "2.0", id, result: lastId });
      return;
    }
    if (!UNSUBSCRIBE.test(method)) throw new RpcError("methodNotFound", "Method not found");
    const [number] = params;
    if (typeof number !== "number" || !this.#subscriptions.delete(number))
      throw invalidParams("Invalid subscription id");
    this.#send({ jsonrpc: "2.0", id, result: true });
  }

  onBlock(event: BlockEvent): void {
    for (const [id, subscription] of this.#subscriptions) this.#notify(id, subscription, event);
  }

  #notify(id: number, { kind, onBlock }: Subscription, event: BlockEvent): void {
    const { results, done } = onBlock(event);
    for (const result of results) {
      this.#send({ jsonrpc: "2.0", method: `${kind}Notification`, params: { result, subscription: id } });
    }
    if (done) this.#subscriptions.delete(id);
  }

  #send(message: unknown): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(stringifyJson(message));
  }
}

/** Serves a client until its socket closes. */
export const serveSocket = (cluster: Cluster, socket: WebSocket): void => {
  const connection = new Connection(cluster, socket);
  const stop = cluster.onBlock((event) => connection.onBlock(event));
  socket.on("message", (data) => connection.onMessage(String(data)));
  socket.on("close", stop);
  // A broken socket closes next. Without a listener, its error would end the process.
  socket.on("error", stop);
};
