/** Starts a system in the test's process, so that a test can wrap the worker's ports. */
import { resolve } from "node:path";
import { closeInTurn } from "../src/runtime/context.ts";
import { startServer } from "../src/server/listen.ts";
import { createApiKey } from "../src/services/api-keys.ts";
import { type CTOWorkerOptions, createCTOWorker } from "../src/worker/cto-worker.ts";
import { openStage, type Stage, type StageOptions } from "../test/support/stage.ts";
import type { Address } from "./system.ts";

export type StagedSystem = Address & {
  /** The localnet, the journal, and the user "alice" with wallets and a token to buy. */
  readonly stage: Stage;
  /** Stops the server. The worker goes on. */
  readonly stopServer: () => Promise<void>;
  /** Starts the server again, at the same address. */
  readonly startServer: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Options = StageOptions & {
  readonly worker?: (stage: Stage) => Omit<CTOWorkerOptions, "context">;
  /** The origins whose pages may call the server. */
  readonly corsOrigins?: string[];
  /** Lets webhooks go to receivers of the test. */
  readonly allowPrivateWebhooks?: boolean;
};

export async function startStagedSystem({
  worker,
  corsOrigins,
  allowPrivateWebhooks,
  ...of
}: Options = {}): Promise<StagedSystem> {
  const stage = await openStage(of);
  const closers: (() => Promise<unknown>)[] = [() => stage.close()];
  const close = () => closeInTurn(closers.splice(0));
  try {
    const { secret } = await createApiKey(stage.context, { name: "e2e admin", scopes: ["admin"] });
    const config = {
      ...stage.config,
      CTO_HTTP_PORT: 0,
      ...(allowPrivateWebhooks ? { CTO_WEBHOOKS_ALLOW_PRIVATE: "1" as const } : {}),
      ...(corsOrigins === undefined ? {} : { CTO_CORS_ORIGINS: corsOrigins }),
    };
    const context = { ...stage.context, config };
    const working = await createCTOWorker({ context, ...worker?.(stage) });
    closers.push(() => working.close());
    const listen = (port: number) =>
      startServer(
        { ...context, config: { ...config, CTO_HTTP_PORT: port } },
        { version: "0.0.0-test", webRoot: resolve("dist/web") },
      );
    let server = await listen(0);
    closers.push(() => server.close());
    const url = server.url.replace(/\/$/, "");
    return {
      stage,
      url,
      adminKey: secret,
      home: config.CTO_HOME,
      stopServer: () => server.close(),
      startServer: async () => {
        server = await listen(Number(new URL(url).port));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
