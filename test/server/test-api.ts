/** Opens a server for one test file on its own stage: a localnet, a journal, a queue, users, and keys of every kind. */
import type { Config } from "../../src/config.ts";
import { API_SCOPES, type ApiScope } from "../../src/engine/ports.ts";
import { buildApp, type ServerOptions } from "../../src/server/app.ts";
import type { ServerApp } from "../../src/server/server-context.ts";
import { createApiKey } from "../../src/services/api-keys.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

/** The binding of a key: to no user (`global`), to the stage's user, or to another user. */
export const BINDINGS = ["global", "alice", "bob"] as const;
export type Binding = (typeof BINDINGS)[number];

export type TestApi = {
  readonly stage: Stage;
  readonly app: ServerApp;
  /** Returns a key with one scope. A key with `admin` is always global. */
  key(scope: ApiScope, binding?: Binding): string;
  /** Sends a request to the app, with a key if one is given. */
  request(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    url: string,
    options?: { key?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  close(): Promise<void>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what the tests look at
  readonly body: any;
};

export type TestApiOptions = StageOptions & {
  readonly server?: Partial<ServerOptions>;
  /** Overrides the stage's configuration. By default the rate limit refuses no request. */
  readonly config?: Partial<Config>;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

export async function openTestApi({ server, config, ...options }: TestApiOptions = {}): Promise<TestApi> {
  const stage = await openStage(options);
  const { context } = stage;
  await context.journal.addUser({ id: "bob" });
  await generateWallets(context, "bob", 1, { role: "buyer" });
  const keys = new Map<string, string>();
  for (const scope of API_SCOPES) {
    for (const binding of scope === "admin" ? (["global"] as const) : BINDINGS) {
      const user = binding === "global" ? {} : { userId: binding };
      const { secret } = await createApiKey(context, {
        name: `${scope} ${binding}`,
        scopes: [scope],
        ...user,
      });
      keys.set(`${scope} ${binding}`, secret);
    }
  }
  const served = { ...context.config, CTO_HTTP_REQUESTS_PER_MINUTE: 10_000_000, ...config };
  const app = await buildApp(
    { ...context, config: served },
    { version: "0.0.0-test", webRoot: "/nowhere", ...server },
  );
  return {
    stage,
    app,
    key(scope, binding = "global") {
      const found = keys.get(`${scope} ${binding}`);
      if (found === undefined) throw new Error(`there is no key ${scope} ${binding}`);
      return found;
    },
    async request(method, url, { key, body, headers = {} } = {}) {
      const {
        statusCode,
        headers: answered,
        payload,
      } = await app.inject({
        method,
        url,
        headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      return { status: statusCode, headers: answered, text: payload, body: parsed(payload) };
    },
    async close() {
      await app.close();
      await stage.close();
    },
  };
}
