/**
 * Tests posting to a stranger's URL: which requests are refused before anything is sent, and how much of an answer is
 * read.
 */
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { busyFor, guardedPost, type PostOptions, Refused } from "../../src/base/guarded-post.ts";
import { throughDns, throughSystem } from "../../src/base/host-names.ts";
import { isOutside, isPublicAddress } from "../../src/base/public-address.ts";

const servers: Server[] = [];
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = "127.0.0.1",
  port = 0,
) {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
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
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a00:1",
    "fe80::1%lo",
    "fec0::1",
    "fd00:ec2::254",
    "2001:db8::1",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "240.0.0.1",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "localhost.",
    "localhost",
    "",
  ])("%s is none", (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "%s is one",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});

it("an address of this machine is none to connect to, however public it is", () => {
  const own = { address: "8.8.4.4", family: "IPv4", internal: false } as os.NetworkInterfaceInfo;
  const spied = vi.spyOn(os, "networkInterfaces").mockReturnValue({ eth0: [own] });
  expect([isOutside("8.8.4.4"), isOutside("8.8.8.8"), isOutside("127.0.0.1")]).toEqual([false, true, false]);
  spied.mockRestore();
});

it("a busy receiver says how long, in seconds or by a date, and anything else says nothing", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  const said = (status: number, text?: string) => busyFor(status, text, now);
  expect(said(429, "120")).toBe(120_000);
  expect(said(503, "Fri, 27 Nov 2026 12:00:30 GMT")).toBe(30_000);
  expect(said(503, "Fri, 27 Nov 2026 11:00:00 GMT")).toBeNull();
  for (const text of [undefined, "", "0", "-1", "soon", "\u0661"]) expect(said(429, text)).toBeNull();
  expect(said(500, "120")).toBeNull();
});

/** Everything but 127.0.0.1 counts as outside. The other addresses of the loopback stand for the internet. */
const outside = { allowPrivate: true, mayConnect: (address: string) => address !== "127.0.0.1" };

describe("a guarded post", () => {
  it.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://localhost/",
    "https://localhost./",
    "https://127.0.0.1./",
    "https://0177.0.0.1/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://168.63.129.16/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://alias.example/",
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
    await expect(posted).rejects.toThrow(/^rebound.example leads to an address that is not public$/);
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

  it("refuses a redirect to a private address, in every form, and to another scheme", async () => {
    const inner = await serve((_request, response) => response.end("secrets"));
    const resolve = async () => [{ address: "127.0.0.1", family: 4 }]; // As a CNAME to localhost.
    const hosts = [
      "127.0.0.1",
      "127.1",
      "2130706433",
      "0x7f000001",
      "localhost",
      "localhost.",
      "alias.example",
    ];
    for (const location of [
      ...hosts.map((host) => `http://${host}:${inner.port}/`),
      `//127.0.0.1:${inner.port}/`,
      `http://user:password@alias.example:${inner.port}/`,
      "file:///etc/passwd",
      "http://[",
    ]) {
      const outer = await serve(
        (_request, response) => response.writeHead(307, { location }).end(),
        "127.0.0.2",
      );
      const posted = guardedPost(`http://127.0.0.2:${outer.port}/`, options({ ...outside, resolve }));
      await expect(posted, location).rejects.toBeInstanceOf(Refused);
      expect([outer.hits.length, inner.hits.length], location).toEqual([1, 0]);
    }
  });

  it("resolves anew for each post, on a new connection, though the receiver keeps the one before open", async () => {
    const inner = await serve((_request, response) => response.end("secrets"));
    const outer = await serve((_request, response) => response.end(), "127.0.0.2", inner.port);
    const connections = new Set<unknown>();
    servers.at(-1)?.on("connection", (socket) => connections.add(socket));
    const addresses = ["127.0.0.2", "127.0.0.2", "127.0.0.1"];
    const resolve = async () => [{ address: addresses.shift() ?? "", family: 4 }];
    const to = `http://rebound.example:${inner.port}/`;
    for (let turn = 0; turn < 2; turn += 1)
      expect(await guardedPost(to, options({ ...outside, resolve }))).toBe(200);
    expect([connections.size, outer.hits.length]).toEqual([2, 2]);
    await expect(guardedPost(to, options({ ...outside, resolve }))).rejects.toBeInstanceOf(Refused);
    expect(inner.hits).toEqual([]);
  });

  it("takes no proxy from the environment: a proxy would resolve the name itself", async () => {
    const proxy = await serve((_request, response) => response.end());
    const outer = await serve((_request, response) => response.end(), "127.0.0.2");
    const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    for (const name of names) vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    expect(await guardedPost(`http://127.0.0.2:${outer.port}/`, options(outside))).toBe(200);
    vi.unstubAllEnvs();
    expect([proxy.hits, outer.hits]).toEqual([[], ["POST /"]]);
  });

  it("does not wait for a name server that never answers, nor keeps a listener on the worker's signal", async () => {
    const hanging = new Promise<never>(() => undefined);
    const posted = guardedPost("https://slow.example/", options({ resolve: () => hanging, timeoutMs: 100 }));
    await expect(posted).rejects.toThrow(/timeout/);
    const outer = await serve((_request, response) => response.end(), "127.0.0.2");
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await guardedPost(`http://127.0.0.2:${outer.port}/`, options({ ...outside, signal }));
    expect(added).toHaveBeenCalled();
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });

  it("ends on every kind of answer: a change of protocol, and a connection that ends without one", async () => {
    const raw: readonly [string, number | RegExp][] = [
      ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", 101],
      ["HTTP/1.1 101 X\r\n\r\n", 101],
      ["HTTP/1.1 200 OK\r\nUpgrade: x\r\nConnection: Upgrade\r\ncontent-length: 0\r\n\r\n", 200],
      ["HTTP/1.1 103 Early Hints\r\n\r\n", /timeout/],
      ["", /hang up|ended/],
    ];
    for (const [text, outcome] of raw) {
      const { port } = await serve((request) => {
        if (text === "") request.socket.end();
        else request.socket.write(text);
      });
      const to = `http://127.0.0.1:${port}/`;
      const posted = guardedPost(to, options({ allowPrivate: true, timeoutMs: 300 }));
      if (typeof outcome === "number") expect(await posted, text).toBe(outcome);
      else await expect(posted, text).rejects.toThrow(outcome);
    }
  });

  it("does not unpack an answer, bounds its headers, and hangs up on one that trickles", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const packed = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    expect(await guardedPost(`http://127.0.0.1:${packed.port}/`, options({ allowPrivate: true }))).toBe(200);
    const wordy = await serve((_request, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}\r\n\r\n`);
    });
    const headers = guardedPost(`http://127.0.0.1:${wordy.port}/`, options({ allowPrivate: true }));
    await expect(headers).rejects.toThrow(/header/i);
    let closed = 0;
    const trickling = await serve((_request, response) => {
      response.writeHead(200).write("x");
      const timer = setInterval(() => response.write("x"), 50);
      response.once("close", () => {
        clearInterval(timer);
        closed += 1;
      });
    });
    expect(await guardedPost(`http://127.0.0.1:${trickling.port}/`, options({ allowPrivate: true }))).toBe(
      200,
    );
    await expect.poll(() => closed, { timeout: 5_000 }).toBe(1);
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

/** A name server that answers `slow…` never, has no IPv6 address, and leads all other names to 127.0.0.2. */
async function nameServer(): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (asked, { port, address }) => {
    const name = asked.subarray(12, asked.indexOf(0, 12) + 1);
    if (name.includes("slow")) return;
    const question = asked.subarray(12, 12 + name.length + 4);
    const isV4 = question.readUInt16BE(name.length) === 1;
    const header = Buffer.from([...asked.subarray(0, 2), 0x81, 0x80, 0, 1, 0, isV4 ? 1 : 0, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 2]);
    socket.send(Buffer.concat([header, question, ...(isV4 ? [answer] : [])]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  closers.push(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

describe("names", () => {
  it("of slow name servers delay no other name, and their lookups end with their posts", async () => {
    const resolve = throughDns([await nameServer()]);
    const cancelled = vi.spyOn(Resolver.prototype, "cancel");
    const stop = new AbortController();
    setMaxListeners(40, stop.signal);
    const slow = Array.from({ length: 40 }, (_, at) =>
      guardedPost(`https://slow${at}.example/`, options({ resolve, signal: stop.signal })),
    );
    const outer = await serve((_request, response) => response.end(), "127.0.0.2");
    const to = `http://good.example:${outer.port}/`;
    expect(await guardedPost(to, options({ ...outside, resolve, timeoutMs: 1_500 }))).toBe(200);
    expect(cancelled).not.toHaveBeenCalled();
    stop.abort(new Error("stopped"));
    for (const each of slow) await expect(each).rejects.toThrow("stopped");
    expect(cancelled).toHaveBeenCalledTimes(40);
    cancelled.mockRestore();
  });

  it("of the internet are not looked up by the system's few threads", async () => {
    const four = vi.spyOn(Resolver.prototype, "resolve4").mockResolvedValue(["127.0.0.1"] as never);
    const six = vi.spyOn(Resolver.prototype, "resolve6").mockRejectedValue(new Error("no such record"));
    await expect(guardedPost("https://some.example/", options())).rejects.toBeInstanceOf(Refused);
    expect([four.mock.calls, six.mock.calls]).toEqual([[["some.example"]], [["some.example"]]]);
    for (const each of [four, six]) each.mockRestore();
  });

  it("of the own network share one lookup, two at once, and one that nobody waits for does not begin", async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const resolve = throughSystem((host) => {
      asked.push(host);
      return new Promise((done) => answers.push(() => done([{ address: "127.0.0.1", family: 4 }])));
    });
    const { signal } = new AbortController();
    const gone = new AbortController();
    const [a, again, b, c] = ["a", "a", "b", "c"].map((host) => resolve(host, signal));
    void resolve("given up", gone.signal);
    await expect.poll(() => asked).toEqual(["a", "b"]);
    gone.abort();
    answers[0]?.();
    expect(await a).toEqual(await again);
    await expect.poll(() => asked).toEqual(["a", "b", "c"]);
    const later = resolve("given up", signal);
    for (const each of answers) each();
    await Promise.all([b, c]);
    await expect.poll(() => asked).toEqual(["a", "b", "c", "given up"]);
    answers.at(-1)?.();
    expect(await later).toHaveLength(1);
  });
});
