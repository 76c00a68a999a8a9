/** Checks whether the HTTP server answers, and whether it would be public without an API key. */
import { z } from "zod";
import { type Config, isLoopback } from "../../config.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { isActive } from "../../services/active-key.ts";
import type { Check } from "./check.ts";

const TIMEOUT_MS = 5_000;

const ready = z.object({ checks: z.record(z.string(), z.object({ error: z.string().nullable() })) });

/** If the server listens on all addresses, we request it on this machine. */
const hostToAsk = (host: string): string => {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
};

/** The format of the answer shows whether another program uses the port. */
async function askReady({ CTO_HTTP_HOST, CTO_HTTP_PORT }: Config): Promise<Check> {
  const name = "server";
  const place = `${CTO_HTTP_HOST}:${CTO_HTTP_PORT}`;
  try {
    const url = `http://${hostToAsk(CTO_HTTP_HOST)}:${CTO_HTTP_PORT}/readyz`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const parsed = ready.safeParse(await answer.json().catch(() => null));
    if (!parsed.success) return { name, state: "weak", detail: `${place} answers, but is not this server` };
    const away = Object.entries(parsed.data.checks).flatMap(([what, { error }]) =>
      error === null ? [] : [`${what} (${error})`],
    );
    return away.length === 0
      ? { name, state: "ok", detail: `${place} is ready` }
      : { name, state: "weak", detail: `${place} does not reach: ${away.join(", ")}` };
  } catch {
    return { name, state: "off", detail: `nothing answers at ${place}; \`cto start\` or \`cto serve\` does` };
  }
}

/** @param context null if the journal cannot be opened */
export async function checkServer(
  config: Config,
  context: Pick<CTOContext, "journal"> | null,
): Promise<Check> {
  const { CTO_HTTP_HOST: host } = config;
  if (context !== null && !isLoopback(host) && !(await context.journal.listApiKeys()).some(isActive))
    return {
      name: "server",
      state: "broken",
      detail: `CTO_HTTP_HOST is ${host}, and no API key is active: \`cto serve\` refuses; \`cto api-keys create\``,
    };
  if (config.CTO_HTTP_PORT === 0)
    return {
      name: "server",
      state: "off",
      detail: "CTO_HTTP_PORT is 0: any free port, which nobody can ask",
    };
  return askReady(config);
}
