/**
 * Tests the rules that every journal must follow for webhooks, the events that they receive, and the deliveries.
 */
import assert from "node:assert/strict";
import type { NewDelivery, NewWebhook } from "../../engine/ports.ts";
import { type JournalCase, rejectsWith, requestOf, USER } from "./harness.ts";

const webhookOf = (id: string, changes: Partial<NewWebhook> = {}): NewWebhook => ({
  id,
  userId: USER,
  url: "https://example.org/hook",
  events: ["operation.started", "leg.landed"],
  createdBy: "bob",
  secrets: `secrets of ${id}`,
  ...changes,
});

const deliveryOf = (position: number, changes: Partial<NewDelivery> = {}): NewDelivery => ({
  id: `msg_${position}`,
  webhookId: "wh",
  lane: "wh-op",
  position,
  type: "leg.landed",
  payload: `{"n":${position}}`,
  ...changes,
});

const started = { type: "phase", phase: "started", label: "begun", progress: 10 } as const;
const FAR = new Date(Date.UTC(2100, 0, 1));

export const WEBHOOK_CASES: readonly JournalCase[] = [
  {
    name: "webhooks are read back as they were added, removed once, and their secrets are in no list",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await rejectsWith(journal.addWebhook(webhookOf("wh", { userId: "nobody" })), "CTO_E_USER_UNKNOWN");
      const second = await journal.addWebhook(webhookOf("w2"));
      const first = await journal.addWebhook(webhookOf("w1"));
      assert.deepEqual(await journal.readWebhook("w2"), { webhook: second, secrets: "secrets of w2" });
      assert.equal(await journal.readWebhook("w9"), null);
      assert.deepEqual(await journal.listWebhooks(), [second, first]);
      assert.equal(JSON.stringify(await journal.listWebhooks()).includes("secrets of"), false);
      assert.equal(await journal.replaceWebhookSecrets("w1", "others", "new"), false);
      assert.equal(await journal.replaceWebhookSecrets("w1", "secrets of w1", "new"), true);
      assert.equal((await journal.readWebhook("w1"))?.secrets, "new");
      const changed = await journal.changeWebhook("w1", { events: ["balance.low"] });
      assert.deepEqual(changed, { ...first, events: ["balance.low"] });
      const moved = { ...changed, url: "https://example.org/new" };
      assert.deepEqual(await journal.changeWebhook("w1", { url: moved.url }), moved);
      assert.deepEqual(await journal.changeWebhook("w1", {}), moved);
      assert.deepEqual(await journal.readWebhook("w1"), { webhook: moved, secrets: "new" });
      assert.equal(await journal.changeWebhook("w9", { url: moved.url }), null);
      const removed = await journal.removeWebhook("w1");
      assert.equal(await journal.changeWebhook("w1", { url: "https://example.org/late" }), null);
      assert.ok(removed?.removedAt instanceof Date);
      assert.deepEqual(await journal.removeWebhook("w1"), removed);
      assert.equal(removed.url, moved.url);
      assert.equal(await journal.removeWebhook("w9"), null);
    },
  },
  {
    name: "a user has no more webhooks than are allowed, also where many are added at once",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addUser({ id: "bob" });
      await journal.addWebhook(webhookOf("of-bob", { userId: "bob" }));
      const add = (id: string) => journal.addWebhook(webhookOf(id, { most: 3 }));
      const added = await Promise.allSettled(["a", "b", "c", "d", "e", "f", "g", "h"].map(add));
      assert.equal(added.filter(({ status }) => status === "fulfilled").length, 3);
      await rejectsWith(add("i"), "CTO_E_WEBHOOK_INVALID");
      const live = (await journal.listWebhooks()).filter(({ userId }) => userId === USER);
      assert.equal(live.length, 3);
      await journal.removeWebhook(live[0]?.id ?? "");
      assert.equal("most" in (await add("j")), false);
      await rejectsWith(add("k"), "CTO_E_WEBHOOK_INVALID");
      await journal.addWebhook(webhookOf("l"));
    },
  },
  {
    name: "events are unqueued until they are marked, of users with a webhook alone",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addUser({ id: "bob" });
      for (const [id, userId] of [
        ["op", USER],
        ["of-bob", "bob"],
      ] as const) {
        await journal.createOperation({ id, request: requestOf({ userId }) });
        await journal.appendEvent(id, started);
      }
      assert.deepEqual(await journal.listUnqueuedEvents(9), []);
      await journal.addWebhook(webhookOf("wh"));
      const event = await journal.appendEvent("op", { type: "result", status: "completed", progress: 100 });
      const unqueued = await journal.listUnqueuedEvents(9);
      assert.deepEqual(
        unqueued.map((each) => [each.operationId, each.userId, each.event.seq]),
        [
          ["op", USER, 1],
          ["op", USER, 2],
        ],
      );
      assert.deepEqual(unqueued[1]?.event, event);
      assert.equal((await journal.listUnqueuedEvents(1)).length, 1);
      await journal.markQueued("op", 1);
      await journal.markQueued("op", 1);
      assert.deepEqual(
        (await journal.listUnqueuedEvents(9)).map((each) => each.event.seq),
        [2],
      );
      await journal.markQueued("op", 2);
      await journal.removeWebhook("wh");
      assert.deepEqual(await journal.listUnqueuedEvents(9), []);
    },
  },
  {
    name: "deliveries are written once, and a lane has them in order, one at a time, by their version",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addWebhook(webhookOf("wh"));
      await journal.writeDeliveries([]);
      await journal.writeDeliveries([deliveryOf(2), deliveryOf(1)]);
      await journal.writeDeliveries([deliveryOf(1, { payload: "other" }), deliveryOf(3, { lane: "wh-b" })]);
      assert.deepEqual(
        (await journal.listDeliveries("wh", 9)).map(({ id }) => id),
        ["msg_3", "msg_1", "msg_2"],
      );
      assert.equal((await journal.listDeliveries("wh", 2)).length, 2);
      const pageAfter = async (id: string) =>
        (await journal.listDeliveries("wh", 9, id)).map((each) => each.id);
      assert.deepEqual(await pageAfter("msg_3"), ["msg_1", "msg_2"]);
      assert.deepEqual([await pageAfter("msg_2"), await pageAfter("msg_9")], [[], []]);
      const first = await journal.nextDelivery("wh-op");
      assert.ok(first !== null);
      assert.deepEqual(
        [first.id, first.status, first.tries, first.version, first.payload, "answer" in first],
        ["msg_1", "pending", 0, 0, '{"n":1}', false],
      );
      assert.deepEqual(await journal.readDelivery("msg_1"), first);
      assert.equal(await journal.readDelivery("msg_9"), null);
      assert.deepEqual((await journal.listDueLanes(FAR, 9)).sort(), ["wh-b", "wh-op"]);

      const due = new Date(Date.UTC(2099, 0, 1));
      const tried = await journal.changeDelivery("msg_1", 0, {
        status: "pending",
        tries: 1,
        dueAt: due,
        answer: "HTTP 500",
      });
      assert.deepEqual([tried?.tries, tried?.dueAt, tried?.answer, tried?.version], [1, due, "HTTP 500", 1]);
      assert.equal(
        await journal.changeDelivery("msg_1", 0, { status: "failed", tries: 9, dueAt: due }),
        null,
      );
      await journal.postponeLane("wh-op", due);
      assert.deepEqual(await journal.listDueLanes(new Date(Date.UTC(2098, 0, 1)), 9), ["wh-b"]);
      assert.equal((await journal.nextDelivery("wh-op"))?.id, "msg_1");

      const ended = await journal.changeDelivery("msg_1", 1, { status: "delivered", tries: 2, dueAt: due });
      assert.ok(ended?.endedAt instanceof Date);
      assert.equal(ended.answer, "HTTP 500");
      assert.equal((await journal.nextDelivery("wh-op"))?.id, "msg_2");
      const again = await journal.changeDelivery("msg_1", 2, { status: "pending", tries: 0, dueAt: due });
      assert.equal(again !== null && "endedAt" in again, false);
      assert.equal((await journal.nextDelivery("wh-op"))?.id, "msg_1");
      assert.equal(await journal.nextDelivery("wh-c"), null);
    },
  },
  {
    name: "the lane that has been due for longest comes first, also where there are more than asked for",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addWebhook(webhookOf("wh"));
      const day = (number: number) => new Date(Date.UTC(2090, 0, number));
      for (const [position, number] of [3, 1, 2].entries()) {
        const lane = `wh-${number}`;
        await journal.writeDeliveries([deliveryOf(position + 1, { lane })]);
        await journal.postponeLane(lane, day(number));
      }
      assert.deepEqual(await journal.listDueLanes(FAR, 1), ["wh-1"]);
      assert.deepEqual((await journal.listDueLanes(FAR, 2)).sort(), ["wh-1", "wh-2"]);
      assert.deepEqual(await journal.listDueLanes(day(1), 9), ["wh-1"]);
      // Many deliveries of one lane leave room for the other lanes.
      await journal.writeDeliveries([4, 5, 6].map((position) => deliveryOf(position, { lane: "wh-1" })));
      await journal.postponeLane("wh-1", day(1));
      assert.deepEqual(await journal.listDueLanes(FAR, 2), ["wh-1", "wh-2"]);
      await journal.addWebhook(webhookOf("other"));
      await journal.writeDeliveries([deliveryOf(9, { lane: "other-1", webhookId: "other" })]);
      assert.deepEqual(await journal.listDueLanes(FAR, 9, ["wh"]), ["other-1"]);
      assert.deepEqual(await journal.listDueLanes(FAR, 9, ["wh", "other"]), []);
    },
  },
  {
    name: "deliveries that ended before a time are counted and dropped, and pending ones never",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addWebhook(webhookOf("wh"));
      await journal.writeDeliveries([1, 2, 3, 4].map((position) => deliveryOf(position)));
      const dueAt = new Date(0);
      const end = async (id: string, status: "delivered" | "failed") =>
        (await journal.changeDelivery(id, 0, { status, tries: 1, dueAt }))?.endedAt;
      const first = await end("msg_1", "delivered");
      await end("msg_2", "failed");
      await end("msg_3", "delivered");
      // It ended, and was then requested once more.
      await journal.changeDelivery("msg_3", 1, { status: "pending", tries: 0, dueAt });
      assert.ok(first !== undefined);
      assert.equal(await journal.countEndedDeliveries(first), 0);
      assert.equal(await journal.dropEndedDeliveries(first, 9), 0);
      assert.equal(await journal.countEndedDeliveries(FAR), 2);
      assert.equal(await journal.dropEndedDeliveries(FAR, 0), 0);
      assert.equal(await journal.dropEndedDeliveries(FAR, 1), 1);
      assert.equal(await journal.dropEndedDeliveries(FAR, 9), 1);
      assert.equal(await journal.dropEndedDeliveries(FAR, 9), 0);
      const left = (await journal.listDeliveries("wh", 9)).map(({ id }) => id);
      assert.deepEqual(left, ["msg_4", "msg_3"]);
      assert.equal((await journal.nextDelivery("wh-op"))?.id, "msg_3");
    },
  },
];
