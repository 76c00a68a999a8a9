/**
 * Adds BullMQ's spans to the traces of operations, for adding a wake-up and for processing it.
 *
 * The constant work of a BullMQ worker (polling, renewing locks, searching for stalled jobs) belongs to no operation
 * and gets no span.
 */
import { ProxyTracerProvider, trace } from "@opentelemetry/api";
import type { Telemetry } from "bullmq";
import { BullMQOtel } from "bullmq-otel";

type Span = ReturnType<Telemetry["tracer"]["startSpan"]>;

/** The spans that we keep. BullMQ names a span after the action and then the queue. */
const TRACED = /^(add|process) /;

/** Replaces a span that nobody needs. Spans inside it become children of the surrounding span. */
const noSpan: Span = {
  setSpanOnContext: (context) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

/**
 * Returns whether a tracer provider is registered. `cto` registers one if `OTEL_*` is set. A program that uses this
 * library may also register one.
 */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer("cto") !== undefined;
}

/** BullMQ's telemetry option, or nothing. A queue without tracing then stores its jobs without trace data. */
export function queueTelemetry(): { telemetry?: Telemetry } {
  if (!isTraced()) return {};
  const { tracer, contextManager } = new BullMQOtel({ tracerName: "cto" });
  return {
    telemetry: {
      contextManager,
      tracer: {
        startSpan: (name, options, context) =>
          TRACED.test(name) ? withoutMessages(tracer.startSpan(name, options, context)) : noSpan,
      },
    },
  };
}

/**
 * Removes error messages from a span, because a message may contain a host or a user's text. The span records only
 * that there was an error; the log has the rest. BullMQ's events lose all their attributes: "job failed" carries the
 * error's message, and "job completed" the processor's result.
 */
const withoutMessages = (span: Span): Span => ({
  setSpanOnContext: (context) => span.setSpanOnContext(context),
  setAttribute: (key, value) => span.setAttribute(key, value),
  setAttributes: (attributes) => span.setAttributes(attributes),
  addEvent: (name) => span.addEvent(name),
  recordException: () => span.setAttribute("error", true),
  end: () => span.end(),
});
