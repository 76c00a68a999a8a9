/**
 * Tests posting to a stranger's URL: which requests are refused before anything is sent, and how much of an answer is
 * read.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { guardedPost, type PostOptions, Refused } from "../../src/base/guarded-post.ts";
import { isPublicAddress } from "../../src/base/public-address.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, hits };
}

const options = (changes: Partial<PostOptions> = {}): PostOptions => ({
  headers: { "content-type": "application/json" },
  body: "{}",
  allowPrivate: false,
  timeoutMs: 2_000,
  ...changes,
});

describe("public addresses", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "fe80::1",
    "fd00::1",
    "2002:7f00:1::",
    "2001:0:1::",
    "localhost",
    "",
  ])("%s is none", (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "%s is one",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});

describe("a guarded post", () => {
  it.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://localhost/",
    "http://example.org/",
    "https://user:password@example.org/",
  ])("refuses %s", async (url) => {
    const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    await expect(guardedPost(url, options({ resolve }))).rejects.toBeInstanceOf(Refused);
  });

  it("refuses a name of which one address is private, and sends nothing", async () => {
    const { port, hits } = await serve((_request, response) => response.end());
    const resolve = async () => [
      { address: "93.184.215.14", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ];
    const posted = guardedPost(`https://rebound.example:${port}/`, options({ resolve }));
    await expect(posted).rejects.toThrow("leads to 127.0.0.1, which is not a public address");
    expect(hits).toEqual([]);
  });

  it("connects to what was checked: a name that leads elsewhere the second time is resolved once", async () => {
    const { port, hits } = await serve((_request, response) => response.end());
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "127.0.0.2" : "127.0.0.1", family: 4 }];
    };
    const posted = guardedPost(`http://rebound.example:${port}/`, options({ resolve, allowPrivate: true }));
    await expect(posted).rejects.toThrow(/ECONNREFUSED 127\.0\.0\.2/);
    expect([asked, hits]).toEqual([1, []]);
  });

  it("checks each redirect anew", async () => {
    const inner = await serve((_request, response) => response.end("secrets"));
    const outer = await serve((_request, response) =>
      response.writeHead(307, { location: `https://inner.example:${inner.port}/` }).end(),
    );
    // The test's resolver allows the first hop. The redirect's target is resolved by its own name.
    const names: string[] = [];
    const resolve = async (host: string) => {
      names.push(host);
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const allowed = { allowPrivate: true, resolve };
    await expect(guardedPost(`http://outer.example:${outer.port}/`, options(allowed))).rejects.toThrow();
    expect([names, outer.hits.length, inner.hits]).toEqual([["outer.example", "inner.example"], 1, []]);
    await expect(
      guardedPost(`https://outer.example:${outer.port}/`, options({ resolve })),
    ).rejects.toBeInstanceOf(Refused);
    expect(outer.hits.length).toBe(1);
  });

  it("follows few redirects, repeats the body for 307 and 308 alone", async () => {
    const loop = await serve((_request, response) => response.writeHead(308, { location: "/again" }).end());
    const to = `http://127.0.0.1:${loop.port}/`;
    await expect(guardedPost(to, options({ allowPrivate: true }))).rejects.toThrow("more than 3 redirects");
    expect(loop.hits).toEqual(["POST /", "POST /again", "POST /again", "POST /again"]);
    const see = await serve((_request, response) => response.writeHead(302, { location: "/else" }).end());
    expect(await guardedPost(`http://127.0.0.1:${see.port}/`, options({ allowPrivate: true }))).toBe(302);
    expect(see.hits).toEqual(["POST /"]);
  });

  it("hangs up on an endless answer, and does not wait for a slow one", async () => {
    let written = 0;
    const endless = await serve((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && written < 50_000_000) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once("drain", more);
        }
      };
      more();
    });
    expect(await guardedPost(`http://127.0.0.1:${endless.port}/`, options({ allowPrivate: true }))).toBe(200);
    const slow = await serve(() => undefined);
    const posted = guardedPost(
      `http://127.0.0.1:${slow.port}/`,
      options({ allowPrivate: true, timeoutMs: 200 }),
    );
    await expect(posted).rejects.toThrow(/timeout|aborted/i);
    expect(written).toBeLessThan(50_000_000);
  });
});
