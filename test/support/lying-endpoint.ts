/**
 * Runs a proxy in front of a localnet's endpoint. It forwards everything, but falsifies account data in the answers, or
 * the whole answers of some methods.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address, Base64EncodedWireTransaction } from "@solana/kit";
import { readWire } from "../../src/base/wire.ts";

export type Lies = ReadonlyMap<Address, (data: Uint8Array) => void>;

/** What the endpoint answers instead, by method. */
export type Answers = Readonly<
  Record<string, (answer: { result?: { value: Record<string, unknown> } }) => unknown>
>;

export type LyingEndpoint = {
  readonly url: string;
  readonly host: string;
  /** The number of requests by method. */
  readonly asked: Map<string, number>;
  /** The `minContextSlot` of every request for accounts. */
  readonly leastSlots: (number | undefined)[];
  /** Replaces the current lies. */
  tell(lies: Lies, answers?: Answers): void;
  /** Where its records begin, as it says. Undefined: as the localnet says. */
  firstAvailable: number | undefined;
  /** Whether it accepts transactions and forwards none. */
  swallows: boolean;
  close(): Promise<void>;
};

type Question = { method: string; params: [Address[], { minContextSlot?: number }] };
type Answer = { result?: { value: ({ data: [string, string] } | null)[] } };

export async function startLyingEndpoint(rpcUrl: string): Promise<LyingEndpoint> {
  let lies: Lies = new Map();
  let answers: Answers = {};
  const asked = new Map<string, number>();
  const leastSlots: (number | undefined)[] = [];
  const endpoint: LyingEndpoint = {
    url: "",
    host: "",
    asked,
    leastSlots,
    firstAvailable: undefined,
    swallows: false,
    tell: (told, instead = {}) => {
      lies = told;
      answers = instead;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    // A client whose worker closes may end its request early.
    if (body === "") return void response.writeHead(400).end();
    const { method, params } = JSON.parse(body) as Question;
    asked.set(method, (asked.get(method) ?? 0) + 1);
    const headers = { "content-type": "application/json" };
    if (method === "getFirstAvailableBlock" && endpoint.firstAvailable !== undefined) {
      const { id } = JSON.parse(body) as { id: unknown };
      response
        .writeHead(200, headers)
        .end(JSON.stringify({ jsonrpc: "2.0", id, result: endpoint.firstAvailable }));
      return;
    }
    if (method === "sendTransaction" && endpoint.swallows) {
      const { id, params: sent } = JSON.parse(body) as {
        id: unknown;
        params: [Base64EncodedWireTransaction];
      };
      const result = readWire(sent[0]).signature;
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
      return;
    }
    const answered = await fetch(rpcUrl, { method: "POST", body, headers });
    let text = await answered.text();
    if (method === "getMultipleAccounts") {
      leastSlots.push(params[1].minContextSlot);
      const answer = JSON.parse(text) as Answer;
      for (const [at, address] of params[0].entries()) {
        const account = answer.result?.value[at];
        const lie = lies.get(address);
        if (!account || lie === undefined) continue;
        const data = Buffer.from(account.data[0], "base64");
        lie(data);
        account.data[0] = data.toString("base64");
      }
      text = JSON.stringify(answer);
    }
    const another = answers[method];
    if (another !== undefined) {
      const { id } = JSON.parse(body) as { id: unknown };
      text = JSON.stringify({ jsonrpc: "2.0", id, ...(another(JSON.parse(text)) as object) });
    }
    response.writeHead(answered.status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(endpoint, { url: `http://${host}`, host });
  return endpoint;
}
