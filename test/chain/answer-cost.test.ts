/** Tests that a small answer of an endpoint cannot occupy the process for longer than its leases last. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { z } from "zod";
import { MOST_ANSWER_BYTES } from "../../src/base/bounded-rpc.ts";
import { Rpc } from "../../src/chain/rpc.ts";

/** The longest time in which nothing else could run, ms. */
async function longestHold(work: Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 10);
  await work;
  clearInterval(beat);
  return Math.max(longest, performance.now() - last);
}

const fill = (before: string, part: string, after: string): string =>
  before + part.repeat(Math.floor((MOST_ANSWER_BYTES - before.length - after.length) / part.length)) + after;
const HEAD = '{"jsonrpc":"2.0","id":1,"result":';

test.each([
  ["millions of integers", fill(`${HEAD}[`, "1,", "1]}")],
  ["millions of signs", fill(`${HEAD}[`, "-", "1]}")],
  ["millions of integers that are no JSON", fill(`${HEAD}[`, "1 ", "1]}")],
  ["millions of arrays", fill(HEAD, "[", "]}")],
])(
  "%s are refused before they are parsed",
  async (_name, text) => {
    const body = gzipSync(text);
    expect(body.length).toBeLessThan(64_000);
    const server = createServer((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(body),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const rpc = new Rpc({ urls: [url], tries: 1 });
    const asked = rpc.call({ method: "getSlot", params: [], schema: z.bigint() });
    const refused = expect(asked).rejects.toMatchObject({ code: "CTO_E_RPC_INVALID_ANSWER" });
    expect(await longestHold(refused)).toBeLessThan(1_000);
    rpc.close();
    server.close();
  },
  60_000,
);
