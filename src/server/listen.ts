/** Starts the server on its port. It refuses a public address while no active API key exists. */
import { isLoopback } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { isActive } from "../services/active-key.ts";
import { buildApp, type ServerOptions } from "./app.ts";

export type RunningServer = {
  /** The address of the server, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  close(): Promise<void>;
};

/** @throws `CTO_E_SERVER_PUBLIC_WITHOUT_KEYS` */
async function requireKeysInPublic({
  config,
  journal,
}: Pick<CTOContext, "config" | "journal">): Promise<void> {
  const host = config.CTO_HTTP_HOST;
  if (isLoopback(host)) return;
  if (!(await journal.listApiKeys()).some(isActive)) {
    throw new CTOError("CTO_E_SERVER_PUBLIC_WITHOUT_KEYS", { host });
  }
}

/**
 * Builds the app and starts to listen.
 *
 * @throws `CTO_E_SERVER_PUBLIC_WITHOUT_KEYS`, `CTO_E_SERVER_FAILED`
 * @example
 * const server = await startServer(context, { version: "0.1.0", webRoot: "/srv/cto/dist/web" });
 * await server.close();
 */
export async function startServer(context: CTOContext, options: ServerOptions): Promise<RunningServer> {
  const { config } = context;
  await requireKeysInPublic(context);
  const app = await buildApp(context, options);
  try {
    const url = await app.listen({ host: config.CTO_HTTP_HOST, port: config.CTO_HTTP_PORT });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw new CTOError("CTO_E_SERVER_FAILED", { reason: (error as Error).message });
  }
}
