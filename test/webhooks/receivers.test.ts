/** Tests how many deliveries may be under way at once to the receivers of a user. */
import { expect, it } from "vitest";
import type { Webhook } from "../../src/engine/ports.ts";
import { createReceivers } from "../../src/services/webhooks/receivers.ts";

const webhookOf = (id: string): Webhook => ({
  id,
  userId: id.split("-")[0] ?? "",
  url: "https://example.org",
  events: [],
  createdAt: new Date(0),
  createdBy: "",
});
const readWebhook = async (id: string) => ({ webhook: webhookOf(id), secrets: "" });

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
