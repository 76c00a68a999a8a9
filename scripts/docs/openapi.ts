/** Returns the OpenAPI document of the server's routes without opening a journal, a queue or a cluster. */
import { resolve } from "node:path";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { readConfig } from "../../src/config.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { describeApi } from "../../src/server/openapi.ts";
import { registerRoutes } from "../../src/server/routes/index.ts";
import type { ServerContext } from "../../src/server/server-context.ts";

/** Registering a route must use only the configuration; whatever it opens would fail here. */
const describedOnly = (version: string): ServerContext => {
  const config = readConfig({});
  const server = { context: { config }, version, webRoot: resolve("dist/web"), metrics: createMetrics() };
  return server as unknown as ServerContext;
};

/**
 * @example
 * writeFileSync("openapi.json", JSON.stringify(await openApi("0.1.0")));
 */
export async function openApi(version: string): Promise<unknown> {
  const server = describedOnly(version);
  const app = Fastify().withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await describeApi(app, server);
  await registerRoutes(app, server);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
