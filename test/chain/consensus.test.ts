/** Which consensus a cluster is taken for, by what its endpoints say. */
import { describe, expect, it } from "vitest";
import { createConsensusReader } from "../../src/chain/consensus.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { type Handler, startFaultServer } from "./fault-server.ts";

const certificate: Handler = () => ({ result: { slot: 459_652_999, signature: "x" } });
const none: Handler = () => ({ result: null });
const older: Handler = () => ({ error: { code: -32601, message: "Method not found" } });
const broken: Handler = () => ({ status: 503 });

/** What is answered at these times (ms), and how often each endpoint was asked in all. */
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

  it("is asked for once a day, however many ask", async () => {
    expect((await ask([certificate], [0, 1_000, DAY - 1])).calls).toBe(1);
    expect((await ask([older], [0, DAY - 1, DAY + 1])).calls).toBe(2);
  });

  it("is asked for again after a minute where an endpoint was silent", async () => {
    const recovering: Handler = (_request, before) =>
      before === 0 ? { status: 503 } : { result: { slot: 1 } };
    const { answers } = await ask([recovering], [0, 59_000, 61_000]);
    expect(answers).toEqual(["tower", "alpenglow"]);
  });
});
