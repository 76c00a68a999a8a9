/**
 * Simulates the part of HashiCorp Vault's transit engine that signing needs: named keys that never leave it, protected
 * by a token.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";

export type TestVault = {
  readonly url: string;
  /** The number of signatures by key name. */
  readonly signed: ReadonlyMap<string, number>;
  close(): Promise<void>;
};

export async function startVault(token: string, keys: ReadonlyMap<string, Keypair>): Promise<TestVault> {
  const signed = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const name = /^\/v1\/transit\/sign\/([\w-]+)$/.exec(request.url ?? "")?.[1] ?? "";
    const key = keys.get(name);
    const body = await text(request);
    if (request.headers["x-vault-token"] !== token) return answer(403, { errors: ["permission denied"] });
    if (key === undefined) return answer(404, { errors: [] });
    const input = Buffer.from((JSON.parse(body) as { input: string }).input, "base64");
    const signature = Buffer.from(signBytes(privateKeyOfSeed(key.seed), input)).toString("base64");
    signed.set(name, (signed.get(name) ?? 0) + 1);
    return answer(200, { data: { key_version: 1, signature: `vault:v1:${signature}` } });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signed,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
