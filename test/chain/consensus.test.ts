/** Tests how the endpoints' answers decide which consensus a cluster has. */
import { describe, expect, it } from "vitest";
import { createConsensusReader } from "../../src/chain/consensus.ts";
import { createChain } from "../../src/chain/index.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { createChainReader } from "../../src/receipts/index.ts";
import { type Handler, startFaultServer } from "./fault-server.ts";

const certificate: Handler = () => ({ result: { slot: 459_652_999, signature: "x" } });
const none: Handler = () => ({ result: null });
const older: Handler = () => ({ error: { code: -32601, message: "Method not found" } });
const broken: Handler = () => ({ status: 503 });

/** Returns the answers at these times (ms), and the number of requests that each endpoint got in all. */
async function ask(handlers: readonly Handler[], times: readonly number[] = [0]) {
  const servers = await Promise.all(handlers.map((handler) => startFaultServer(handler)));
  const rpc = new Rpc({ urls: servers.map(({ url }) => url), retryBaseMs: 1 });
  let now = 0;
  const consensus = createConsensusReader(rpc, () => now);
  const answers: string[] = [];
  for (const time of times) {
    now = time;
    answers.push(...(await Promise.all([consensus(), consensus()])));
  }
  const calls = rpc.stats().calls.getAgGenesisCert ?? 0;
  rpc.close();
  for (const server of servers) await server[Symbol.asyncDispose]();
  return { answers: [...new Set(answers)], calls };
}

const DAY = 86_400_000;

describe("the consensus of a cluster", () => {
  it.each<[string, string, Handler[]]>([
    ["alpenglow", "a certificate", [certificate]],
    ["alpenglow", "certificates of all endpoints", [certificate, certificate]],
    ["tower", "null", [none]],
    ["tower", "a method that the node does not know", [older]],
    ["tower", "endpoints that disagree", [certificate, none]],
    ["tower", "a node among them that is too old to know", [certificate, older]],
    ["tower", "an endpoint that does not answer", [certificate, broken]],
    ["tower", "an answer that is none", [() => ({ result: "yes" })]],
  ])("is %s by %s", async (consensus, _by, handlers) => {
    expect((await ask(handlers)).answers).toEqual([consensus]);
  });

  it("is read once a day, for any number of callers", async () => {
    expect((await ask([certificate], [0, 1_000, DAY - 1])).calls).toBe(1);
    expect((await ask([older], [0, DAY - 1, DAY + 1])).calls).toBe(2);
  });

  it("is read once by all chains and readers of a process, and not from one that was closed meanwhile", async () => {
    let count = 0;
    await using server = await startFaultServer(({ method }) => {
      if (method !== "getAgGenesisCert") return { result: 650_240 };
      count += 1;
      return { result: { slot: 1 } };
    });
    const asked = () => count;
    const open = () => createChain({ urls: [server.url] });
    const first = open();
    const answer = first.consensus();
    first.close();
    await answer;
    const before = asked();
    for (const chain of [open(), open(), open()]) {
      expect(await chain.consensus()).toBe("alpenglow");
      chain.close();
    }
    expect(asked()).toBe(before + 1);
    for (const reader of [createChainReader(server.url), createChainReader(server.url)])
      expect(await reader.walletMinimum()).toBe(650_240n);
    expect(asked()).toBe(before + 2);
  });

  it("is read again after a minute if an endpoint did not answer", async () => {
    const recovering: Handler = (_request, before) =>
      before === 0 ? { status: 503 } : { result: { slot: 1 } };
    const { answers } = await ask([recovering], [0, 59_000, 61_000]);
    expect(answers).toEqual(["tower", "alpenglow"]);
  });
});

describe("an endpoint that does not answer", () => {
  it("delays all callers together by a second at most, and its later answer counts", async () => {
    let answer = (): void => undefined;
    const answered = new Promise<null>((resolve) => {
      answer = () => resolve(null);
    });
    const rpc = {
      size: 1,
      closing: new AbortController().signal,
      onDistinctEndpoints: async () => {
        await answered;
        return [{ slot: 1 }];
      },
    } as unknown as Rpc;
    const consensus = createConsensusReader(rpc, () => 0);
    const began = performance.now();
    expect(await consensus()).toBe("tower");
    expect(await consensus()).toBe("tower");
    expect(await consensus()).toBe("tower");
    expect(performance.now() - began).toBeLessThan(1_900);
    answer();
    await expect.poll(consensus).toBe("alpenglow");
  });
});

describe("what is read", () => {
  const accounts: Handler = ({ method, params }, before) => {
    if (method === "getAgGenesisCert") return certificate({ method, params }, before);
    return { result: { context: { slot: 5 }, value: [null] } };
  };
  const commitmentAsked = async (handlers: readonly Handler[]): Promise<unknown[]> => {
    const servers = await Promise.all(handlers.map((handler) => startFaultServer(handler)));
    const chain = createChain({ urls: servers.map(({ url }) => url), resignQuorum: 1, retryBaseMs: 1 });
    await chain.fetchAccounts([addressOf("one")]);
    chain.close();
    const asked = servers.flatMap(({ requests }) =>
      requests.filter(({ method }) => method === "getMultipleAccounts").map(({ params }) => params[1]),
    );
    for (const server of servers) await server[Symbol.asyncDispose]();
    return asked;
  };

  it("is asked for as final where what is confirmed is final", async () => {
    expect(await commitmentAsked([accounts])).toMatchObject([{ commitment: "finalized" }]);
  });

  it("is asked for as confirmed on Tower, on an older node, and where endpoints disagree or do not answer", async () => {
    const answering =
      (consensus: Handler): Handler =>
      (request, before) =>
        request.method === "getAgGenesisCert" ? consensus(request, before) : accounts(request, before);
    const silent: Handler = () => ({ hang: true });
    for (const others of [[none], [older], [certificate, none], [silent]])
      expect(await commitmentAsked(others.map(answering))).toMatchObject([{ commitment: "confirmed" }]);
  });
});
