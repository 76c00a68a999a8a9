/**
 * Joins the work on one operation, in all processes, into one trace. The shared cache stores the start of the trace
 * by the operation's id.
 *
 * The cache may lose it. The later work then has a trace of its own.
 */
import {
  type Attributes,
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { z } from "zod";
import type { SharedCache } from "../../engine/ports.ts";
import { isCTOError } from "../../errors/index.ts";
import { isTraced } from "../../queue/telemetry.ts";

/** If an operation waits longer, its trace begins where a worker takes it up. */
const KEPT_MS = 30 * 24 * 3_600_000;

const key = (operationId: string): string => `trace/${operationId}`;

const carrierSchema = z.record(z.string(), z.string().max(512));

export const tracer = () => trace.getTracer("cto");

/** Records an error's code without its message, because a message may contain a caller's text. */
export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute("cto.error", isCTOError(error) ? error.code : "CTO_E_INTERNAL");
}

/** Runs the work in its own span, under the given context or the active one. */
export async function traced<T>(
  name: string,
  { attributes, under = context.active() }: { attributes?: Attributes; under?: Context },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, attributes ? { attributes } : {}, under, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Stores the start of the operation's trace: the active span. Never throws. */
export async function keepTrace(cache: SharedCache, operationId: string): Promise<void> {
  if (!isTraced()) return;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier, defaultTextMapSetter);
  if (Object.keys(carrier).length === 0) return;
  // The operation does not depend on its trace, so a failure is ignored.
  await cache.writeCached(key(operationId), JSON.stringify(carrier), KEPT_MS).catch(() => undefined);
}

/** The start of the operation's trace; null if it is unknown. Never throws. */
async function readTrace(cache: SharedCache, operationId: string): Promise<Context | null> {
  try {
    const text = await cache.readCached(key(operationId));
    if (text === null) return null;
    return propagation.extract(ROOT_CONTEXT, carrierSchema.parse(JSON.parse(text)), defaultTextMapGetter);
  } catch {
    return null;
  }
}

/**
 * The context for work on the operation: the queue's span if it belongs to the same trace, otherwise the start of the
 * operation's trace. One wake-up serves all operations of its user, so its span may belong to another operation's
 * trace.
 */
export async function contextOf(cache: SharedCache, operationId: string): Promise<Context> {
  const active = context.active();
  if (!isTraced()) return active;
  const begun = await readTrace(cache, operationId);
  if (begun === null) return active;
  const isSame = trace.getSpanContext(begun)?.traceId === trace.getSpanContext(active)?.traceId;
  return isSame ? active : begun;
}
