/** Fills a system with operations in every state that the dashboard shows, through the HTTP API. */
import { launchToken, prepareVenues } from "../../src/localnet/launch/index.ts";
import { linkChat } from "../../src/services/chats.ts";
import { programs } from "../../test/support/programs.ts";
import type { StagedSystem } from "../stage.ts";
import { api, untilOver } from "../system.ts";
import type { Faults } from "./faults.ts";

/** Names as strangers choose them: from right to left, with markup, and very long. */
const NAMES = [
  { id: "bea", name: "Bea Nowak" },
  { id: "cem", name: "جم بركات" },
  { id: "<img src=x onerror=alert(1)>", name: "<script>alert(1)</script>" },
  { id: `long-${"name-".repeat(20)}`, name: "A name that does not end ".repeat(5).trim() },
];

/** The ids of the operations, by what they show. */
export type Filled = Readonly<
  Record<
    | "landed"
    | "weights"
    | "failed"
    | "cancelled"
    | "retry"
    | "partial"
    | "swept"
    | "incident"
    | "review"
    | "waiting",
    string
  >
>;

type Created = { id: string };
type Wallets = { wallets: { id: string; role: string; address: string }[] };

/** A webhook whose receiver does not answer, with its failed delivery, and a linked chat. */
async function fillConnections(system: StagedSystem): Promise<void> {
  const { webhook } = await api<{ webhook: Created }>(system, "POST", "/v1/users/alice/webhooks", {
    url: "http://127.0.0.1:9/a-receiver/with/a/long/path/that/does-not-answer",
    events: ["operation.completed", "balance.low"],
  });
  await api(system, "POST", `/v1/webhooks/${webhook.id}/test`);
  const { code } = await api<{ code: string }>(system, "POST", "/v1/users/alice/chats");
  await linkChat(system.stage.context, code, 4_711);
}

export async function fill(system: StagedSystem, faults: Faults): Promise<Filled> {
  const { stage } = system;
  const post = <T = Created>(path: string, body: unknown) => api<T>(system, "POST", path, body);
  const ask = (more: Record<string, unknown>) =>
    post("/v1/operations", {
      userId: "alice",
      userChatId: 0,
      tokenAddress: stage.mint,
      mode: "standard",
      platform: "auto",
      buyAmount: "1.5",
      ...more,
    });
  const run = async (more: Record<string, unknown>) => untilOver(system, (await ask(more)).id);
  /** While signing is halted, an operation waits, and we can choose its fault by its id. */
  const whileHalted = async <T>(reason: string, work: () => Promise<T>): Promise<T> => {
    await post("/v1/halt", { reason });
    const done = await work();
    await api(system, "DELETE", "/v1/halt");
    return done;
  };
  const withFault = async (of: Set<string>, more: Record<string, unknown>) => {
    const id = await whileHalted("a look before it goes on", async () => {
      const made = await ask(more);
      of.add(made.id);
      return made.id;
    });
    return untilOver(system, id);
  };

  for (const user of NAMES) await post("/v1/users", user);
  const { wallets } = await post<Wallets>("/v1/users/bea/wallets", { count: 1, role: "funding" });
  await post("/v1/users/bea/wallets", { count: 4, role: "buyer", label: "buyers of מרץ" });
  await post("/v1/localnet/airdrop", { address: wallets[0]?.address, lamports: "60000000000" });
  await post("/v1/api-keys", { name: "shop", scopes: ["operate"] });
  await post("/v1/api-keys", { name: "read-only", scopes: ["read"], userId: "bea" });
  await api(system, "PUT", "/v1/users/alice/limits", {
    maxUserDayLamports: "12000000000",
    maxOperationLamports: "5000000000",
  });

  const landed = await run({ reference: "order 4711", tags: ["spring", "מבצע"] });
  const weights = await run({
    mode: "prefunded",
    buyAmount: "2.4",
    weights: stage.buyers.map((_wallet, at) => at + 1),
  });
  const failed = await run({ maxPrice: "0.000000000000000001" });
  const cancelled = await whileHalted("the token's name is checked first", async () => {
    const { id } = await ask({ buyAmount: "0.9" });
    await post(`/v1/operations/${id}/cancel`, {});
    return id;
  });
  await untilOver(system, cancelled);
  const retry = await untilOver(system, (await post(`/v1/operations/${cancelled}/retry`, {})).id);
  const partial = await withFault(faults.lost, { userId: "bea", buyAmount: "0.8", slippageBps: 500 });
  const evidence = await api<{ steps: { stepId: string }[] }>(
    system,
    "GET",
    `/v1/operations/${partial}/review`,
  );
  for (const { stepId } of evidence.steps)
    await post(`/v1/operations/${partial}/review`, {
      step: stepId,
      resolution: "dead",
      reason: "no explorer knows the signature",
      force: true,
    });
  const buyers = (await api<Wallets>(system, "GET", "/v1/users/bea/wallets")).wallets.filter(
    ({ role }) => role === "buyer",
  );
  for (const { address } of buyers.slice(0, 2))
    await post("/v1/localnet/airdrop", { address, lamports: "1250000000" });
  const preview = await api<{ totalLamports: string }>(system, "GET", "/v1/users/bea/sweep");
  const sweep = await post("/v1/users/bea/sweep", { totalLamports: preview.totalLamports });
  const swept = await untilOver(system, sweep.id);
  const folder = programs();
  let other = stage.mint;
  if (folder !== null) {
    await prepareVenues(stage.localnet.cluster, folder);
    other = await launchToken(stage.localnet.rpcUrl, "cpmm", "token");
  }
  const incident = await withFault(faults.short, {
    tokenAddress: other,
    mode: "prefunded",
    buyAmount: "0.6",
  });
  for (;;) {
    // An incident is found when the operation is final.
    const { settled } = await api<{ settled: boolean }>(system, "GET", `/v1/operations/${incident}`);
    if (settled) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const review = await withFault(faults.lost, { buyAmount: "1" });
  await fillConnections(system);
  // From now on no block is made: what is undecided stays so while the screenshots are taken.
  stage.localnet.cluster.stop();
  const waiting = (await ask({ userId: "bea", buyAmount: "0.4" })).id;
  return { landed, weights, failed, cancelled, retry, partial, swept, incident, review, waiting };
}
