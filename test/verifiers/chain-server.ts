/** Runs a Solana RPC endpoint over a recorded chain. It has only the methods that the check of a receipt uses. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const line = z.looseObject({ signature: z.string() });

export const recordedChainSchema = z.object({
  /** The transactions of each address, newest first. */
  histories: z.record(z.string(), z.array(line)),
  /** The transactions by signature, as `getTransaction` returns them. */
  transactions: z.record(z.string(), z.unknown()),
  /** The decimals of each mint. */
  decimals: z.record(z.string(), z.number().int()),
  walletMinimum: z.number().int(),
  genesisHash: z.string().optional(),
});
export type RecordedChain = z.infer<typeof recordedChainSchema>;

const requestSchema = z.object({ id: z.unknown(), method: z.string(), params: z.array(z.unknown()) });

const pageSchema = z.object({ limit: z.number(), before: z.string().optional() });

function answer(chain: RecordedChain, { method, params }: z.infer<typeof requestSchema>): unknown {
  const [subject] = params;
  const key = String(subject);
  if (method === "getSignaturesForAddress") {
    const { limit, before } = pageSchema.parse(params[1]);
    const lines = chain.histories[key] ?? [];
    const from = before === undefined ? 0 : lines.findIndex(({ signature }) => signature === before) + 1;
    return lines.slice(from, from + limit);
  }
  if (method === "getTransaction") return chain.transactions[key] ?? null;
  if (method === "getTokenSupply") return { context: { slot: 1 }, value: { decimals: chain.decimals[key] } };
  if (method === "getMinimumBalanceForRentExemption") return chain.walletMinimum;
  if (method === "getGenesisHash") return chain.genesisHash;
  return undefined;
}

/** Starts the endpoint. @param chain called for each request, so that one server can serve many chains */
export async function serveChain(
  chain: () => RecordedChain,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const asked = requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
      const result = answer(chain(), asked);
      // We return an error for an unknown method, because without an answer the client would wait.
      const said =
        result === undefined ? { error: { code: -32_601, message: "Method not found" } } : { result };
      const body = JSON.stringify({ jsonrpc: "2.0", id: asked.id, ...said });
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
