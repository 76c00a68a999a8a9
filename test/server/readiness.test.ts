/** Tests that `/readyz`, which everyone may request, costs its dependencies one probe in two seconds, however many ask. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { type FaultServer, startFaultServer } from "../chain/fault-server.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

/** The endpoints. Two of the three must answer. */
const nodes: FaultServer[] = [];
/** How many of them are behind now. */
let behind = 0;
let api: TestApi;
beforeAll(async () => {
  for (const at of [0, 1, 2])
    nodes.push(
      await startFaultServer(() =>
        at < behind ? { error: { code: -32005, message: "Node is behind by 900 slots" } } : { result: "ok" },
      ),
    );
  api = await openTestApi({ config: { SOLANA_RPC_URL: nodes.map(({ url }) => url) } });
});
afterAll(async () => {
  await api.close();
  for (const node of nodes) await node[Symbol.asyncDispose]();
});

afterEach(() => {
  vi.restoreAllMocks();
});

it("eighty requests in a second cost one probe of each dependency; later ones cost another", async () => {
  const { journal, queue } = api.stage.context;
  const written = vi.spyOn(journal, "writeCached");
  const checked = vi.spyOn(queue, "check");
  const probes = () => [
    ...nodes.map(({ requests }) => requests.length),
    written.mock.calls.length,
    checked.mock.calls.length,
  ];
  const ready = async () => (await api.request("GET", "/readyz")).status;

  const begun = performance.now();
  const together = await Promise.all(Array.from({ length: 60 }, ready));
  const inTurn: number[] = [];
  for (let count = 0; count < 20; count += 1) inTurn.push(await ready());
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(new Set([...together, ...inTurn])).toEqual(new Set([200]));
  expect(probes()).toEqual([1, 1, 1, 1, 1]);

  // What is known is two seconds old by then.
  await expect
    .poll(async () => [await ready(), ...probes()], { timeout: 5_000 })
    .toEqual([200, 2, 2, 2, 2, 2]);
});

it("the cluster is ready while as many endpoints answer as must agree", async () => {
  const ready = async () => (await api.request("GET", "/readyz")).status;
  behind = 1; // The first one.
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  expect(await ready()).toBe(200);
  behind = 2;
  await expect.poll(ready, { timeout: 5_000 }).toBe(503);
  behind = 0;
  await expect.poll(ready, { timeout: 5_000 }).toBe(200);
});

it("a dependency that hangs is not asked by each of the callers", async () => {
  let release = (): void => undefined;
  const hang = new Promise<void>((resolve) => {
    release = resolve;
  });
  const hanging = vi.spyOn(api.stage.context.queue, "check").mockReturnValue(hang);
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  const answers = Array.from({ length: 50 }, () => api.request("GET", "/readyz"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(hanging).toHaveBeenCalledTimes(1);
  release();
  await Promise.all(answers);
});
