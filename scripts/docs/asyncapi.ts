/**
 * Describes in AsyncAPI 3 what the server sends without a request for each: the event stream, Socket.IO and webhooks. The
 * schemas are those of `src/server/schemas/`, so the description follows the code.
 */
import { z } from "zod";
import { callSchema } from "../../src/server/schemas/calls.ts";
import { EVENT_SCHEMAS, socketResultSchema, WEBHOOK_SCHEMAS } from "../../src/server/schemas/events.ts";
import {
  joinSchema,
  leaveSchema,
  subscribeSchema,
  unsubscribeSchema,
  watchCallSchema,
} from "../../src/server/schemas/socket.ts";

type Json = Record<string, unknown>;
type Message = { readonly name: string; readonly title: string; readonly payload: Json };

/** AsyncAPI 3 reads JSON Schema draft 7. A later release may add fields, so none is forbidden. */
const jsonSchema = (schema: z.ZodType, io: "input" | "output"): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: "draft-7",
    io,
    override: ({ jsonSchema: one }) => {
      if (one.additionalProperties === false) delete one.additionalProperties;
    },
  });
  // Definitions inside a payload would be found only from the document's root.
  return JSON.parse(JSON.stringify(rest).replaceAll("#/definitions/", "#/components/schemas/")) as Json;
};

/** Schemas that have a name of their own, such as a token's label, are put together in the components. */
const definitionsOf = (messages: readonly Message[]): Json =>
  Object.assign({}, ...messages.map(({ payload: { definitions } }) => definitions ?? {}));

const withoutDefinitions = ({ definitions: _, ...payload }: Json): Json => payload;

const messagesOf = (
  prefix: string,
  title: (type: string) => string,
  schemas: Readonly<Record<string, z.ZodType>>,
  io: "input" | "output" = "output",
): Message[] =>
  Object.entries(schemas).map(([type, schema]) => ({
    name: `${prefix}.${type}`,
    title: title(type),
    payload: jsonSchema(schema, io),
  }));

const { leg, result, ...progress } = EVENT_SCHEMAS;

const STREAM = messagesOf("stream", (type) => `An event of the type ${type}`, EVENT_SCHEMAS);
const SOCKET = [
  ...messagesOf("cto:progress", (type) => `cto:progress, of the type ${type}`, progress),
  ...messagesOf("cto:leg", () => "cto:leg: how far a wallet's buy has come", { leg }),
  ...messagesOf("cto:result", () => "cto:result: the end, with the totals", { result: socketResultSchema }),
];
const REQUESTS = messagesOf(
  "request",
  (name) => `${name}, acknowledged with { ok: true } or { ok: false, problem }`,
  { subscribe: subscribeSchema, unsubscribe: unsubscribeSchema, join: joinSchema, leave: leaveSchema },
  "input",
);
const CALLS = messagesOf("cto:call", () => "cto:call: a call as it is now", { call: callSchema });
const WATCHES = messagesOf(
  "calls",
  (name) => `${name}, acknowledged with { ok: true } or { ok: false, problem }`,
  { watch: watchCallSchema, unwatch: watchCallSchema },
  "input",
);
const WEBHOOKS = messagesOf("webhook", (type) => type, WEBHOOK_SCHEMAS);

const refTo = (...path: readonly string[]): Json => ({
  $ref: `#/${path.map((part) => part.replaceAll("/", "~1")).join("/")}`,
});

const channelOf = (address: string | null, description: string, messages: readonly Message[]): Json => ({
  address,
  description,
  messages: Object.fromEntries(messages.map(({ name }) => [name, refTo("components", "messages", name)])),
});

const operationOf = (
  action: "send" | "receive",
  channel: string,
  summary: string,
  messages: readonly Message[],
): Json => ({
  action,
  channel: refTo("channels", channel),
  summary,
  messages: messages.map(({ name }) => refTo("channels", channel, "messages", name)),
});

const HEADERS = {
  type: "object",
  description: "Standard Webhooks: https://www.standardwebhooks.com",
  required: ["webhook-id", "webhook-timestamp", "webhook-signature"],
  properties: {
    "webhook-id": { type: "string", description: "The same for each try of one message" },
    "webhook-timestamp": { type: "string", description: "Seconds since 1970" },
    "webhook-signature": {
      type: "string",
      description: "v1,<base64 of HMAC-SHA256>, one for each valid secret",
    },
  },
};

/**
 * @example
 * writeFileSync("asyncapi.json", JSON.stringify(asyncApi("0.1.0"), null, 2));
 */
export function asyncApi(version: string): Json {
  const messages = [...STREAM, ...SOCKET, ...REQUESTS, ...CALLS, ...WATCHES, ...WEBHOOKS];
  const schemas = definitionsOf(messages);
  const isWebhook = new Set(WEBHOOKS);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "CTO queue: events",
      version,
      description:
        "What an operation tells while it runs. Events are numbered per operation; each is in the journal before it is sent. Generated from the code by `npm run docs`.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    servers: {
      http: {
        host: "127.0.0.1:3000",
        protocol: "http",
        security: [refTo("components", "securitySchemes", "key")],
      },
    },
    channels: {
      stream: {
        ...channelOf(
          "/v1/operations/{id}/events",
          "Server-sent events: send `Accept: text/event-stream`. `Last-Event-ID` continues after a number.",
          STREAM,
        ),
        parameters: { id: { description: "The operation's id" } },
        servers: [refTo("servers", "http")],
      },
      socket: {
        ...channelOf("/socket.io/", "Socket.IO, on the server's port; the key is `auth.key`.", [
          ...SOCKET,
          ...REQUESTS,
        ]),
        servers: [refTo("servers", "http")],
      },
      calls: {
        ...channelOf("/socket.io/", "Socket.IO, in the namespace `/calls`; no key is needed.", [
          ...CALLS,
          ...WATCHES,
        ]),
        servers: [refTo("servers", "http")],
      },
      webhook: channelOf(null, "A POST to the URL that was given to `cto webhooks add`.", WEBHOOKS),
    },
    operations: {
      stream: operationOf("send", "stream", "An operation's events, in order", STREAM),
      socket: operationOf("send", "socket", "The events of what the client subscribed to or joined", SOCKET),
      requests: operationOf("receive", "socket", "What a client asks for", REQUESTS),
      calls: operationOf("send", "calls", "The calls that the client watches, after each change", CALLS),
      watches: operationOf("receive", "calls", "Which calls a client watches", WATCHES),
      webhook: operationOf("send", "webhook", "One user's operations, for another system", WEBHOOKS),
    },
    components: {
      messages: Object.fromEntries(
        messages.map((message) => {
          const { name, title } = message;
          const payload = withoutDefinitions(message.payload);
          return [name, { name, title, payload, ...(isWebhook.has(message) ? { headers: HEADERS } : {}) }];
        }),
      ),
      schemas,
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "`cto api-keys create` makes one" },
      },
    },
  };
}
