/** Tests to which endpoints a transaction is sent: to one the first time, and to all of them when it is sent again. */
import { type Blockhash, generateKeyPairSigner, getBase58Decoder } from "@solana/kit";
import { expect, test } from "vitest";
import { readWire } from "../../src/base/wire.ts";
import { createChain } from "../../src/chain/index.ts";
import { isUnknown } from "../../src/errors/index.ts";
import { memo, signed } from "../localnet/support.ts";
import { type Reply, startFaultServer } from "./fault-server.ts";

const BLOCKHASH = getBase58Decoder().decode(new Uint8Array(32).fill(7)) as Blockhash;
const wire = await signed(await generateKeyPairSigner(), BLOCKHASH, [memo("hello")]);

const ACCEPTED: Reply = { result: readWire(wire).signature };
const REFUSED: Reply = { error: { code: -32002, message: "no", data: { err: "AccountNotFound" } } };
const BUSY: Reply = { status: 503 };
const HANGS: Reply = { hang: true };

/** @returns the outcome, and how often each of two endpoints was sent the bytes */
async function send(everywhere: boolean, [one, two]: readonly [Reply, Reply], times = 1) {
  const unknown = { error: { code: -32601, message: "Method not found" } };
  const answering =
    (reply: Reply) =>
    ({ method }: { method: string }) =>
      method === "sendTransaction" ? reply : unknown;
  await using first = await startFaultServer(answering(one));
  await using second = await startFaultServer(answering(two));
  const chain = createChain({ urls: [first.url, second.url], callTimeoutMs: 5_000, retryBaseMs: 5 });
  try {
    let outcome: unknown;
    for (let left = times; left > 0; left -= 1)
      outcome = await chain
        .broadcast(wire, { preflight: true, everywhere })
        .catch((error: unknown) => (isUnknown(error) ? "unknown" : Promise.reject(error)));
    const sends = [first, second].map(
      ({ requests }) => requests.filter(({ method }) => method === "sendTransaction").length,
    );
    return { outcome, sends };
  } finally {
    chain.close();
  }
}

test("the first send goes to the first endpoint alone", async () => {
  expect(await send(false, [ACCEPTED, ACCEPTED])).toEqual({ outcome: "sent", sends: [1, 0] });
});

test.each<[string, readonly [Reply, Reply]]>([
  ["both accept", [ACCEPTED, ACCEPTED]],
  ["one refuses", [REFUSED, ACCEPTED]],
  ["one is busy", [ACCEPTED, BUSY]],
])("a later send goes to both, and counts as sent if %s", async (_what, replies) => {
  const { outcome, sends } = await send(true, replies);
  expect(outcome).toBe("sent");
  expect(sends).toEqual([1, 1]);
});

test("a later send does not wait for an endpoint that hangs", async () => {
  const from = performance.now();
  expect((await send(true, [HANGS, ACCEPTED])).outcome).toBe("sent");
  expect(performance.now() - from).toBeLessThan(3_000);
});

test("an endpoint that has not answered a send gets no other one of the same bytes", async () => {
  expect((await send(true, [HANGS, ACCEPTED], 3)).sends).toEqual([1, 3]);
});

test("a later send is refused if one refuses and none accepts, and unknown if none answers", async () => {
  const refused = { error: "AccountNotFound" };
  expect((await send(true, [BUSY, REFUSED])).outcome).toMatchObject({ refused });
  expect((await send(true, [BUSY, BUSY])).outcome).toBe("unknown");
});
