/**
 * One operation is one trace, whichever processes carry it out: where the trace began is kept in the shared cache, by the
 * operation's id. It may be lost; then what comes is a trace of its own.
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

/** An operation that has waited longer is traced from where it was taken up. */
const KEPT_MS = 30 * 24 * 3_600_000;

const key = (operationId: string): string => `trace/${operationId}`;

const carrierSchema = z.record(z.string(), z.string().max(512));

export const tracer = () => trace.getTracer("cto");

/** An error's code and no message: messages may hold what a caller wrote. */
export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute("cto.error", isCTOError(error) ? error.code : "CTO_E_INTERNAL");
}

/** Runs the work in a span of its own, under the given context or what is active. */
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

/** Keeps where the operation's trace has begun: at the span that is active. Never fails. */
export async function keepTrace(cache: SharedCache, operationId: string): Promise<void> {
  if (!isTraced()) return;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier, defaultTextMapSetter);
  if (Object.keys(carrier).length === 0) return;
  // Nothing of an operation rests on its trace.
  await cache.writeCached(key(operationId), JSON.stringify(carrier), KEPT_MS).catch(() => undefined);
}

/** Where the operation's trace has begun; null when that is not known. Never fails. */
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
 * Where work on the operation belongs: under the queue's span, when that is of the same trace; else under the beginning. One
 * wake-up serves all operations of its user, so its span may be of another one's trace.
 */
export async function contextOf(cache: SharedCache, operationId: string): Promise<Context> {
  const active = context.active();
  if (!isTraced()) return active;
  const begun = await readTrace(cache, operationId);
  if (begun === null) return active;
  const isSame = trace.getSpanContext(begun)?.traceId === trace.getSpanContext(active)?.traceId;
  return isSame ? active : begun;
}
