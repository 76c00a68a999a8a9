/**
 * Describes the API in OpenAPI 3.1, generated from the routes' zod schemas, and serves an explorer that needs no
 * external network.
 */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { RouteOptions } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { withOneSchemaEach } from "./one-schema.ts";
import { operationIdOf } from "./operation-ids.ts";
import { problemSchema } from "./schemas/common.ts";
import type { ServerApp, ServerContext } from "./server-context.ts";

const PROBLEM = {
  description: "What went wrong, and what to do about it",
  content: { "application/problem+json": { schema: problemSchema } },
};

/** As strict as the policy of our own pages: the explorer's scripts and styles come from this server only. */
const EXPLORER_POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Our logo replaces the explorer's own, and links to the dashboard. */
const LOGO = {
  type: "image/svg+xml",
  content:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 32" height="32" role="img" aria-label="CTO queue"><g fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"><path d="M7 16h7"/><path d="M14 16l9-8"/><path d="M14 16h10"/><path d="M14 16l9 8"/></g><text x="38" y="21" fill="#fff" font-family="system-ui,sans-serif" font-size="16" font-weight="600">CTO queue</text></svg>',
  href: "/app/",
  target: "_self" as const,
};

/** Adds the error responses to every route. A route for clients of another specification has its own. */
function describeProblems({ schema }: RouteOptions): void {
  if (schema === undefined || schema.hide === true) return;
  schema.response = { "4xx": PROBLEM, "5xx": PROBLEM, ...(schema.response as object) };
}

/** Sets each route's operation id for generated clients. A HEAD route shares its GET route's id. */
function nameOperation({ schema, method, url }: RouteOptions): void {
  if (schema === undefined || schema.hide === true || method === "HEAD") return;
  schema.operationId = operationIdOf(String(method), url);
}

/** States in each route's description which key it needs. */
function describeAccess({ schema, config }: RouteOptions): void {
  const access = config?.access;
  if (schema === undefined || access === undefined) return;
  if (access === "public") {
    schema.security = [];
    return;
  }
  const needs = `Needs a key with the scope \`${access.scope}\`${access.owner === "global" ? ", bound to no user" : ""}.`;
  schema.description = [schema.description, needs].filter((text) => text !== undefined).join(" ");
}

/** The second paragraph is for those who generate requests from this document. */
const DESCRIPTION = `Call To Others: many wallets buy one Solana token together, in the open, each at most once.

A pattern cannot say everything. These requests match their schemas and are refused with 400: an address that is not 32 bytes in base58, a
signature that is not 64, an \`expiresAt\` before \`notBefore\`, a cursor that no page gave, a network that is none, a private key in no known
form, and a JSON object with the field \`__proto__\` or \`constructor.prototype\`.`;

export async function describeApi(
  app: ServerApp,
  { context: { config }, version }: ServerContext,
): Promise<void> {
  app.addHook("onRoute", describeProblems);
  app.addHook("onRoute", describeAccess);
  app.addHook("onRoute", nameOperation);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "CTO queue",
        version,
        description: DESCRIPTION,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      // Without a configured URL, the server's address is relative to the document: a client got the document from
      // this server.
      servers: [{ url: config.CTO_PUBLIC_URL ?? "/" }],
      components: {
        securitySchemes: {
          key: { type: "http", scheme: "bearer", description: "`cto api-keys create` makes one" },
          session: {
            type: "apiKey",
            in: "cookie",
            name: "cto_session",
            description: "The dashboard's log-in",
          },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (given) => withOneSchemaEach(jsonSchemaTransformObject(given)),
  });
  app.get("/openapi.json", { config: { access: "public" }, schema: { hide: true } }, async () =>
    app.swagger(),
  );
  await app.register(async (explorer) => {
    explorer.decorate("libraryAccess", "public");
    await explorer.register(swaggerUi, {
      routePrefix: "/docs",
      staticCSP: EXPLORER_POLICY,
      uiConfig: { deepLinking: true },
      logo: LOGO,
      theme: { title: "CTO queue: the HTTP API" },
    });
  });
}
