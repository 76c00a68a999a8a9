/**
 * Tests R3's evidence: the height is read first, then the statuses, from a view that is not behind. An error never
 * counts as absent.
 */
import { getBase58Decoder, type Signature } from "@solana/kit";
import { describe, expect, test } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { readConfig } from "../../src/config.ts";
import { failureOf, type Handler, type Reply, startFaultServer } from "./fault-server.ts";

const signatureOf = (byte: number) => getBase58Decoder().decode(new Uint8Array(64).fill(byte)) as Signature;
const [first, second] = [signatureOf(1), signatureOf(2)];
const quick = { retryBaseMs: 5, lagPauseMs: 5 };

const epoch: Reply = {
  result: {
    absoluteSlot: 1000,
    blockHeight: 900,
    epoch: 2,
    slotIndex: 1,
    slotsInEpoch: 432000,
    transactionCount: null,
  },
};
/** A Tower node with that finalized height has its tip 32 blocks further. */
const tip: Reply = { result: { absoluteSlot: 1000, blockHeight: 932 } };
const landed = {
  slot: 990,
  confirmations: null,
  err: null,
  status: { Ok: null },
  confirmationStatus: "finalized",
};
const ONCE = ["getEpochInfo", "getEpochInfo", "getSignatureStatuses", "getFirstAvailableBlock"];
/** The first time, the endpoint says four times where its records begin. */
const WORK = [...ONCE, ...Array(3).fill("getFirstAvailableBlock")];
const statuses = (slot: number, value: unknown[]): Reply => ({ result: { context: { slot }, value } });

const commitmentOf = (params: readonly unknown[]): string => (params[0] as { commitment: string }).commitment;

/** Returns the given height, first slot of its records, and statuses. */
const node =
  (reply: (before: number, signatures: unknown[]) => Reply): Handler =>
  ({ method, params }, before) => {
    if (method === "getEpochInfo") return commitmentOf(params) === "processed" ? tip : epoch;
    if (method === "getFirstAvailableBlock") return { result: 12 };
    return reply(before, params[0] as unknown[]);
  };

async function gather(handler: Handler, signatures: readonly Signature[] = [first, second]) {
  await using server = await startFaultServer(handler);
  const chain = createChain({ urls: [server.url], ...quick });
  try {
    const answer = await chain.gatherEvidence(signatures).catch((error: unknown) => error);
    const evidence = Array.isArray(answer) && answer.length === 1 ? (answer[0] as unknown) : answer;
    return { evidence, requests: server.requests };
  } finally {
    chain.close();
  }
}

test("the finalized height is read before the statuses, which search history, and the first slot after them", async () => {
  const { evidence, requests } = await gather(node(() => statuses(1001, [landed, null])));
  expect(requests.map(({ method }) => method)).toEqual(WORK);
  expect(requests[0]?.params).toEqual([{ commitment: "finalized" }]);
  expect(requests[1]?.params).toEqual([{ commitment: "processed" }]);
  expect(requests[2]?.params).toEqual([[first, second], { searchTransactionHistory: true }]);
  expect(evidence).toEqual({
    endpoint: expect.stringMatching(/^127\.0\.0\.1:/),
    firstAvailableSlot: 12n,
    finalizedBlockHeight: 900n,
    heightSlot: 1000n,
    statusSlot: 1001n,
    statuses: new Map([
      [first, { slot: 990n, finalized: true, failure: null }],
      [second, null],
    ]),
  });
});

test("an absence counts only on the journal's own cluster, also when an address has moved to another one since", async () => {
  const [ours, other] = ["4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM", "11111111111111111111111111111111"];
  const ask = async (value: unknown[]) => {
    await using server = await startFaultServer(
      node(() => statuses(1001, value)),
      other,
    );
    const chainOf = (genesis: string | null) =>
      createChain({ urls: [server.url], ...quick, genesis: async () => genesis });
    const outcomes = [];
    for (const chain of [chainOf(ours), chainOf(other), chainOf(null)]) {
      const answer = await chain.gatherEvidence([first]).catch((error: unknown) => error);
      outcomes.push(Array.isArray(answer) ? "evidence" : (answer as { code: string }).code);
      chain.close();
    }
    return outcomes;
  };
  expect(await ask([null])).toEqual(["CTO_E_RPC_UNAVAILABLE", "evidence", "evidence"]);
  expect(await ask([landed])).toEqual(["evidence", "evidence", "evidence"]);
});

test("many signatures are asked for in batches of ten", async () => {
  const many = Array.from({ length: 23 }, (_, index) => signatureOf(index + 1));
  const { evidence, requests } = await gather(
    node((before, signatures) =>
      statuses(
        1000 + before,
        signatures.map(() => null),
      ),
    ),
    many,
  );
  const batches = requests.filter(({ method }) => method === "getSignatureStatuses");
  const sizes = batches.map(({ params }) => (params[0] as unknown[]).length);
  expect(sizes).toEqual([10, 10, 3]);
  expect(evidence).toMatchObject({ statusSlot: 1000n });
});

test("an answer older than the height is requested again, and an endpoint that stays behind gives no evidence", async () => {
  const catchesUp = await gather(node((before) => statuses(before === 0 ? 999 : 1000, [null, null])));
  expect(catchesUp.evidence).toMatchObject({ statusSlot: 1000n });
  const lags = await gather(node(() => statuses(999, [null, null])));
  expect(lags.evidence).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
});

test("an answer from behind the tip at the reading of the height may be of a fork that the height is not of", async () => {
  const reply = (slot: number): Handler => {
    const statusesAt = node(() => statuses(slot, [null, null]));
    return (request, before) =>
      request.method === "getEpochInfo" && commitmentOf(request.params) === "processed"
        ? { result: { absoluteSlot: 1032, blockHeight: 932 } }
        : statusesAt(request, before);
  };
  expect((await gather(reply(1031))).evidence).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  expect((await gather(reply(1032))).evidence).toMatchObject({ heightSlot: 1000n, statusSlot: 1032n });
});

test.each([
  ["Tower, 26 blocks behind the height's node", null, 926, 894n],
  ["Tower, as old as the finalized block", null, 880, 868n],
  ["Alpenglow, one block further", { slot: 1 }, 901, 900n],
  ["Alpenglow, as old as the finalized block", { slot: 1 }, 900, 899n],
])(
  "a tip of %s proves only what a node with this tip has finalized",
  async (_name, certificate, height, proven) => {
    const answers = node(() => statuses(1032, [null, null]));
    const { evidence } = await gather((request, before) => {
      if (request.method === "getAgGenesisCert") return { result: certificate };
      const isTip = request.method === "getEpochInfo" && commitmentOf(request.params) === "processed";
      return isTip ? { result: { absoluteSlot: 1000, blockHeight: height } } : answers(request, before);
    });
    expect(evidence).toMatchObject({ finalizedBlockHeight: proven, heightSlot: 1000n });
  },
);

test.each<[string, Reply]>([
  ["an error", { error: { code: -32011, message: "Transaction history is not available from this node" } }],
  ["HTTP 500", { status: 500 }],
  ["HTTP 429", { status: 429 }],
  ["a cut answer", { raw: '{"jsonrpc":"2.0","id":1,"result":{"context":{"slot":1001},"value":[nu' }],
  ["too few statuses", statuses(1001, [null])],
  ["no slot", { result: { value: [null, null] } }],
  ["null", { result: null }],
  ["a status without err", statuses(1001, [{ ...landed, err: undefined }, null])],
  ["a status without a slot", statuses(1001, [{ ...landed, slot: undefined }, null])],
  ["something else than a status", statuses(1001, [false, null])],
])("%s is unknown, never absent", async (_name, reply) => {
  const { evidence } = await gather(node(() => reply));
  expect((evidence as { code: string }).code).toMatch(/^CTO_E_RPC_(UNAVAILABLE|INVALID_ANSWER)$/);
});

test("when the first endpoint fails midway, the second one is asked for height and statuses both", async () => {
  await using flaky = await startFaultServer(node(() => ({ status: 500 })));
  await using steady = await startFaultServer(node(() => statuses(1002, [null, null])));
  const chain = createChain({ urls: [flaky.url, steady.url], resignQuorum: 1, ...quick });
  expect(await chain.gatherEvidence([first, second])).toMatchObject([{ statusSlot: 1002n }]);
  expect(steady.requests.map(({ method }) => method)).toEqual(WORK);
  chain.close();
});

test("an endpoint that does not say where its records begin gives no evidence", async () => {
  const { evidence } = await gather((request, before) =>
    request.method === "getFirstAvailableBlock"
      ? { status: 500 }
      : node(() => statuses(1001, [null, null]))(request, before),
  );
  expect(evidence).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
});

test("of several nodes behind one address, the one with the fewest records counts, and is looked for once a minute", async () => {
  let asked = 0;
  await using server = await startFaultServer((request, before) => {
    if (request.method !== "getFirstAvailableBlock")
      return node(() => statuses(1001, [null]))(request, before);
    asked += 1;
    return { result: asked === 3 ? 995 : 0 };
  });
  const chain = createChain({ urls: [server.url], ...quick });
  for (const requests of [4, 5]) {
    expect(await chain.gatherEvidence([first])).toMatchObject([{ firstAvailableSlot: 995n }]);
    expect(asked).toBe(requests);
  }
  chain.close();
});

describe("a quorum", () => {
  test("is two where there are two endpoints, and each says its own", async () => {
    await using one = await startFaultServer(node(() => statuses(1001, [null])));
    await using two = await startFaultServer(node(() => statuses(1002, [landed])));
    const chain = createChain({ urls: [one.url, two.url], ...quick });
    const evidences = await chain.gatherEvidence([first]);
    expect(evidences.map(({ statuses }) => statuses.get(first))).toEqual([
      null,
      { slot: 990n, finalized: true, failure: null },
    ]);
    expect(new Set(evidences.map(({ endpoint }) => endpoint)).size).toBe(2);
    chain.close();
  });

  test("is not reached while fewer endpoints answer, however often", async () => {
    await using dead = await startFaultServer(() => ({ status: 500 }));
    await using steady = await startFaultServer(node(() => statuses(1002, [null])));
    const urls = [steady.url, dead.url];
    const chain = createChain({ urls, ...quick });
    expect(await failureOf(chain.gatherEvidence([first]))).toMatchObject({
      code: "CTO_E_RPC_UNAVAILABLE",
      message: expect.stringContaining("1 of the 2 endpoints"),
    });
    chain.close();
    await using third = await startFaultServer(node(() => statuses(1003, [null])));
    const three = createChain({ urls: [...urls, third.url], ...quick });
    expect(await three.gatherEvidence([first])).toHaveLength(2);
    three.close();
  });

  test("above the number of distinct endpoints is refused", () => {
    const url = "http://127.0.0.1:1";
    for (const [urls, resignQuorum] of [
      [[url], 2],
      [[url, url], 2],
      [[url], 0],
    ] as const) {
      expect(() => createChain({ urls, resignQuorum })).toThrow(/RESIGN_QUORUM/);
    }
    const env = { SOLANA_RPC_URL: "http://a.test,http://a.test", ENCRYPTION_SECRET: "0123456789abcdef" };
    expect(() => readConfig({ ...env, RESIGN_QUORUM: "2" })).toThrow(/RESIGN_QUORUM is above/);
    expect(() => readConfig({ RESIGN_QUORUM: "2" })).toThrow(/RESIGN_QUORUM is above/);
    expect(readConfig({ ...env, RESIGN_QUORUM: "1" }).RESIGN_QUORUM).toBe(1);
    expect(readConfig(env).RESIGN_QUORUM).toBeUndefined();
  });
});

test("a silent endpoint is unknown too", async () => {
  await using server = await startFaultServer(() => ({ hang: true }));
  const chain = createChain({ urls: [server.url], tries: 1, callTimeoutMs: 200 });
  expect(await failureOf(chain.gatherEvidence([first]))).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  chain.close();
});
