/**
 * Sends traces to a collector, if OpenTelemetry's own variables name one. We read these variables here and not in
 * `config.ts`, because they are not ours:
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 *
 * A program that uses this package as a library registers its own SDK instead. That SDK then receives our spans.
 */
import { diag } from "@opentelemetry/api";

type Environment = Readonly<Record<string, string | undefined>>;

export type Tracing = {
  /** The collector's host, without credentials, headers and path. */
  readonly host: string;
  /** Sends the remaining spans. Waits at most `CLOSE_MS` for a collector that does not answer. */
  close(): Promise<void>;
};

const CLOSE_MS = 2_000;

/** The collector that the variables name; null if tracing is off, which is the default. */
export function collectorOf(env: Environment): URL | null {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") return null;
  const exporter = env.OTEL_TRACES_EXPORTER?.trim();
  if (exporter !== undefined && exporter !== "" && exporter !== "otlp") return null;
  const named = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = named || (exporter === "otlp" ? "http://localhost:4318" : "");
  return URL.canParse(url) ? new URL(url) : null;
}

/** The problems of the variables, as text; empty if there are none. */
export function tracingProblems(env: Environment): string[] {
  const problems: string[] = [];
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol && !protocol.startsWith("http/"))
    problems.push(
      "OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent over HTTP as JSON alone, to port 4318 as a rule",
    );
  const exporter = env.OTEL_TRACES_EXPORTER?.trim();
  if (exporter && exporter !== "otlp" && exporter !== "none")
    problems.push("OTEL_TRACES_EXPORTER may be otlp or none");
  for (const name of ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]) {
    const value = env[name];
    if (value && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)))
      problems.push(`${name} is not an HTTP URL`);
  }
  return problems;
}

/** Loads the SDK. Its packages are optional, so they may be missing. */
async function loadSdk() {
  const [sdk, otlp, resources] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  return { ...sdk, ...otlp, ...resources };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Warns at most once per minute, so that an unavailable collector does not fill the log. */
function sayRarely(warn: (text: string) => void): void {
  let saidAt = 0;
  const say = (): void => {
    if (Date.now() - saidAt < 60_000) return;
    saidAt = Date.now();
    // The exporter's own message may contain the URL with its credentials.
    warn("traces could not be sent to the collector; operations go on");
  };
  const nothing = (): void => undefined;
  diag.setLogger({ error: say, warn: say, info: nothing, debug: nothing, verbose: nothing });
}

/**
 * Starts tracing if the environment requests it. If the collector is unavailable or the SDK is missing, we only warn.
 *
 * @returns null if tracing is off
 */
export async function startTracing(
  env: Environment,
  { version, warn }: { version: string; warn: (text: string) => void },
): Promise<Tracing | null> {
  for (const problem of tracingProblems(env)) warn(problem);
  const collector = collectorOf(env);
  if (collector === null || tracingProblems(env).length > 0) return null;
  let sdk: Awaited<ReturnType<typeof loadSdk>>;
  try {
    sdk = await loadSdk();
  } catch (error) {
    warn(`no traces: OpenTelemetry's SDK is not installed (${messageOf(error).split("\n")[0]})`);
    return null;
  }
  sayRarely(warn);
  const ours = sdk.resourceFromAttributes({ "service.name": "cto-queue", "service.version": version });
  const named = sdk.detectResources({ detectors: [sdk.envDetector] });
  const provider = new sdk.NodeTracerProvider({
    resource: ours.merge(named),
    spanProcessors: [new sdk.BatchSpanProcessor(new sdk.OTLPTraceExporter())],
  });
  provider.register();
  const ended = (): Promise<void> => provider.shutdown().catch(() => undefined);
  return {
    host: collector.host,
    close: () =>
      Promise.race([ended(), new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref())]),
  };
}
