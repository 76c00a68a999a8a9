/**
 * BullMQ's spans in the traces of operations: adding a wake-up and processing it. What its workers do all the time (polling,
 * renewing locks, looking for stalled jobs) belongs to no operation and makes no span.
 */
import { ProxyTracerProvider, trace } from "@opentelemetry/api";
import type { Telemetry } from "bullmq";
import { BullMQOtel } from "bullmq-otel";

type Span = ReturnType<Telemetry["tracer"]["startSpan"]>;

/** BullMQ names a span by what it does, then by the queue. */
const TRACED = /^(add|process) /;

/** In the place of a span that nobody needs: what happens within it stays in the trace around it. */
const noSpan: Span = {
  setSpanOnContext: (context) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

/** Whether a tracer provider is registered: by `cto`, when `OTEL_*` says so, or by the program that this library is part of. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer("cto") !== undefined;
}

/** BullMQ's option, or nothing: an untraced queue keeps its jobs as they were. */
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

/** An error's message may name a host or a user's words. Its kind is enough here; the log has the rest. */
const withoutMessages = (span: Span): Span => ({
  setSpanOnContext: (context) => span.setSpanOnContext(context),
  setAttribute: (key, value) => span.setAttribute(key, value),
  setAttributes: (attributes) => span.setAttributes(attributes),
  addEvent: (name, attributes) => span.addEvent(name, attributes),
  recordException: () => span.setAttribute("error", true),
  end: () => span.end(),
});
