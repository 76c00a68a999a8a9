/** Runs a trace collector: an OTLP/HTTP server that stores the spans that it receives. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const value = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
  boolValue: z.boolean().optional(),
});
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(z.object({ key: z.string(), value })),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).optional(),
});
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value })) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export type CollectedSpan = z.infer<typeof span>;

export type Collector = {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** Returns all request bodies, unchanged. */
  text(): string;
  /** Makes the server accept requests without answering them. */
  hang(): void;
  close(): Promise<void>;
};

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  let hangs = false;
  const server = createServer(async (incoming, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (hangs) return;
    const body = Buffer.concat(chunks).toString();
    bodies.push(body);
    if (incoming.url === "/v1/traces")
      for (const { scopeSpans } of request.parse(JSON.parse(body)).resourceSpans)
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    answer.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    text: () => bodies.join("\n"),
    hang() {
      hangs = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Returns an attribute's value as text. */
export const attribute = ({ attributes }: CollectedSpan, name: string): string | undefined => {
  const found = attributes.find(({ key }) => key === name)?.value;
  const plain = found?.stringValue ?? found?.intValue ?? found?.boolValue;
  return plain === undefined ? undefined : String(plain);
};
