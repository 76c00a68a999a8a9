/** Tests how many deliveries may be under way at once to the receivers of a user. */
import { expect, it } from "vitest";
import type { Webhook } from "../../src/engine/ports.ts";
import { createReceivers, type Receivers } from "../../src/services/webhooks/receivers.ts";

const webhookOf = (id: string): Webhook => ({
  id,
  userId: id.split("-")[0] ?? "",
  url: "https://example.org",
  events: [],
  createdAt: new Date(0),
  createdBy: "",
});
const readWebhook = async (id: string) => ({ webhook: webhookOf(id), secrets: "" });

/** As `DELIVERIES_AT_ONCE`. */
const PLACES = 32;

/** Takes places for these webhooks in turn, until no more is given or the process has no more. */
async function fillAll(receivers: Receivers, ids: readonly string[], most = PLACES) {
  const entered: { id: string; leave: (arrived: boolean | undefined) => void }[] = [];
  for (let round = 0; round < PLACES; round += 1)
    for (const id of ids) {
      if (entered.length === most) return entered;
      const leave = await receivers.enter(id);
      if (leave !== null) entered.push({ id, leave });
    }
  return entered;
}
const hooksOf = (user: string): string[] => [1, 2, 3, 4].map((hook) => `${user}-${hook}`);
const users = (count: number): string[] => Array.from({ length: count }, (_, at) => `slow${at}`);

it("leaves places to another user, however many users have receivers that never answer", async () => {
  const receivers = createReceivers({ readWebhook });
  const slow = await fillAll(receivers, users(4).flatMap(hooksOf));
  expect(slow).toHaveLength(16);
  const fifth = await fillAll(receivers, hooksOf("bob"), PLACES - slow.length);
  expect(fifth).toHaveLength(1);
  for (const { leave } of fifth) leave(true);
  // All webhooks but one are unproved. Bob's first one has answered well, and may use what is left.
  expect(await fillAll(receivers, ["bob-1"], PLACES - slow.length)).toHaveLength(9);
  expect(await receivers.enter("carol-1")).not.toBeNull();
});

it("gives a place to those who were never tried, however many users' receivers have failed", async () => {
  const receivers = createReceivers({ readWebhook });
  const tried = users(40).flatMap(hooksOf);
  for (const id of tried) (await receivers.enter(id))?.(false);
  const failing = await fillAll(receivers, tried);
  expect(failing).toHaveLength(20);
  expect(new Set(failing.map(({ id }) => id.split("-")[0])).size).toBeGreaterThan(7);
  expect(receivers.full()).toHaveLength(tried.length);
  expect(await receivers.enter("bob-1")).not.toBeNull();
});

it("leaves places to another user, however many answer well and then never again", async () => {
  const receivers = createReceivers({ readWebhook });
  const tried = users(4).flatMap(hooksOf);
  for (const id of tried) (await receivers.enter(id))?.(true);
  expect(await fillAll(receivers, tried)).toHaveLength(24);
  expect(await receivers.enter("bob-1")).not.toBeNull();
});

it("counts the places per user, in how many webhooks ever, and leaves the other users theirs", async () => {
  const receivers = createReceivers({ readWebhook });
  const fill = async (...ids: string[]) => {
    const entered = [];
    for (let round = 0; round < 40; round += 1) for (const id of ids) entered.push(await receivers.enter(id));
    return entered.filter((leave) => leave !== null);
  };
  const one = await fill("alice-1");
  expect([one.length, receivers.full()]).toEqual([4, ["alice-1"]]);
  const unproved = await fill("alice-2", "alice-3", "alice-4");
  expect(unproved).toHaveLength(4);
  expect(receivers.full()).toEqual(["alice-1", "alice-2", "alice-3", "alice-4"]);
  expect(await fill("bob-1")).toHaveLength(4);
  for (const leave of one) leave(true);
  const healthy = await fill("alice-1");
  expect(healthy).toHaveLength(12);
  expect(receivers.full()).toContain("alice-1");
  for (const leave of healthy) leave(undefined); // A stopped worker: it stays as it was.
  expect(receivers.full()).not.toContain("alice-1");
  for (const leave of await fill("alice-1")) leave(false);
  expect(await fill("alice-1")).toHaveLength(4);
});
