/**
 * Posts to a URL that comes from a third party, and refuses private addresses. For each hop we resolve the
 * host once and check every address that it has. The connection uses only these addresses. A name that
 * resolves differently the second time, or a redirect, therefore cannot reach a private address.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type Resolve, type Resolved, throughDns, throughSystem } from "./host-names.ts";
import { linkSignal } from "./linked-signal.ts";
import { isOutside } from "./public-address.ts";

export type PostOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Allows private addresses and plain HTTP. */
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Default: the name servers. If private addresses are allowed, the system, which also reads `/etc/hosts`. */
  readonly resolve?: Resolve;
  /** Called when the receiver is busy (429 or 503) and has said for how long, ms. */
  readonly onBusy?: (ms: number) => void;
  /** Decides about each address. Default: all if `allowPrivate`, otherwise those outside. For tests. */
  readonly mayConnect?: (address: string) => boolean;
};

const REDIRECTS_AT_MOST = 3;
/** We read no more of an answer than this. Only its status counts. */
const BODY_BYTES_AT_MOST = 64 * 1024;
/** The status is known then. We wait this long for the rest, ms, so that an honest receiver can end its answer. */
const BODY_MS_AT_MOST = 1_000;

/** The request was not sent, because its destination is not allowed. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** Whether the destination would be allowed with `allowPrivate`. */
  readonly isPrivate: boolean;

  constructor(message: string, { isPrivate = false } = {}) {
    super(message);
    this.isPrivate = isPrivate;
  }
}

const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;
const SECOND_MS = 1_000;

/**
 * Returns how long the answer asks us to wait, ms: `Retry-After` has seconds or a date. Null if it does not say this in
 * a readable way.
 */
export function busyFor(status: number, retryAfter: string | undefined, now = Date.now()): number | null {
  if ((status !== TOO_MANY_REQUESTS && status !== UNAVAILABLE) || retryAfter === undefined) return null;
  const text = retryAfter.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - now;
  return ms > 0 ? ms : null;
}

const ofOwnNetwork = throughSystem();
const ofInternet = throughDns();

/** Resolves a name, but waits no longer than the signal allows. */
async function resolvedBefore(signal: AbortSignal, resolving: Promise<readonly Resolved[]>) {
  signal.throwIfAborted();
  return new Promise<readonly Resolved[]>((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    resolving.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

const rightOf = ({ allowPrivate, mayConnect }: PostOptions): ((address: string) => boolean) =>
  mayConnect ?? (allowPrivate ? () => true : isOutside);

/** @throws Refused, and all errors of the resolver */
async function addressesOf(
  url: URL,
  options: PostOptions,
  signal: AbortSignal,
): Promise<readonly Resolved[]> {
  const { allowPrivate, resolve = allowPrivate ? ofOwnNetwork : ofInternet } = options;
  if (url.username !== "" || url.password !== "") throw new Refused("the URL has a user name or a password");
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) {
    throw new Refused("the URL is not https", { isPrivate: url.protocol === "http:" });
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const found =
    family === 0 ? await resolvedBefore(signal, resolve(host, signal)) : [{ address: host, family }];
  if (found.length === 0) throw new Error(`${host} has no address`);
  const mayConnect = rightOf(options);
  // The address is not part of the message. Users read it, and it would show them the names of our internal network.
  if (!found.every(({ address }) => mayConnect(address))) {
    throw new Refused(`${host} leads to an address that is not public`, { isPrivate: true });
  }
  return found;
}

/** Returns these addresses for every host. */
const pinned =
  (addresses: readonly Resolved[]): LookupFunction =>
  (_host, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };

/** Reads up to the limits, then closes the connection. It decompresses nothing. */
const drain = (answer: IncomingMessage): void => {
  let bytes = 0;
  const timer = setTimeout(() => answer.destroy(), BODY_MS_AT_MOST);
  answer.on("close", () => clearTimeout(timer));
  answer.on("error", () => undefined);
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_AT_MOST) answer.destroy();
  });
};

/** Sends one hop on a new connection, so that it uses an address that was checked for this hop. */
function send(
  url: URL,
  addresses: readonly Resolved[],
  options: PostOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { headers, body } = options;
  const mayConnect = rightOf(options);
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        agent: false,
        signal,
        lookup: pinned(addresses),
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
      },
      (answer) => {
        drain(answer);
        resolve(answer);
      },
    );
    sent.on("socket", (socket) =>
      socket.once("connect", () => {
        if (mayConnect(socket.remoteAddress ?? "")) return;
        sent.destroy(
          new Refused("the connection leads to an address that is not public", { isPrivate: true }),
        );
      }),
    );
    // Node.js emits neither a response nor an error for `101` while nobody listens to `upgrade`. It is an answer like
    // any other: we asked for no other protocol, and its status is not a delivery.
    sent.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve(answer);
    });
    sent.on("error", reject);
    sent.on("close", () => reject(new Error("the connection ended without an answer")));
    // The time-out holds for every way in which a receiver may end a request, also for those that we do not know.
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    sent.end(body);
  });
}

/**
 * @returns the HTTP status of the last hop
 * @throws Refused, and errors of resolving, connecting and timeouts
 */
export async function guardedPost(to: string, options: PostOptions): Promise<number> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const { signal, release } = linkSignal([timeout, ...(options.signal ? [options.signal] : [])]);
  try {
    return await follow(new URL(to), options, signal);
  } finally {
    release();
  }
}

async function follow(from: URL, options: PostOptions, signal: AbortSignal): Promise<number> {
  let url = from;
  for (let hop = 0; ; hop += 1) {
    const addresses = await addressesOf(url, options, signal);
    const answer = await send(url, addresses, options, signal);
    const { statusCode: status = 0, headers } = answer;
    // Only these statuses repeat the method and the body. Any other redirect is not a delivery.
    if ((status !== 307 && status !== 308) || headers.location === undefined) {
      const ms = busyFor(status, headers["retry-after"]);
      if (ms !== null) options.onBusy?.(ms);
      return status;
    }
    answer.destroy();
    if (hop >= REDIRECTS_AT_MOST) throw new Refused(`more than ${REDIRECTS_AT_MOST} redirects`);
    if (!URL.canParse(headers.location, url.href)) throw new Refused("a redirect to what is no URL");
    url = new URL(headers.location, url.href);
  }
}
