/** Tests that a queue serves one journal: another installation on the same prefix or database is refused at its start. */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { describe, expect, inject, it } from "vitest";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { requireOwnQueue } from "../../src/queue/owner.ts";
import { openQueue, type QueueBackend } from "../../src/queue/queues.ts";
import { testDatabase } from "../support/postgres.ts";

const redisUrl = inject("testRedisUrl");
const newJournal = () => createMemoryJournal({ now: () => new Date() });

async function opened(backend: QueueBackend): Promise<QueueBackend> {
  await (await openQueue(backend)).close();
  return backend;
}

async function expectOneOwner(backend: QueueBackend, mark: string): Promise<void> {
  const [own, foreign] = [newJournal(), newJournal()];
  // Several processes of one installation start at the same time.
  await Promise.all([1, 2, 3].map(() => requireOwnQueue(backend, own)));
  await expect(requireOwnQueue(backend, foreign)).rejects.toMatchObject({
    code: "CTO_E_QUEUE_FOREIGN",
    message: expect.stringContaining(mark),
  });
  await requireOwnQueue(backend, own);
}

describe("a queue", () => {
  it.runIf(redisUrl !== null)("on Redis serves one journal, until its mark is deleted", async () => {
    const url = redisUrl ?? expect.fail();
    const prefix = `owner-${randomUUID()}`;
    const backend = await opened({ kind: "redis", url, prefix });
    await expectOneOwner(backend, `${prefix}:journal`);
    const redis = new Redis(url);
    await redis.del(`${prefix}:journal`);
    redis.disconnect();
    await requireOwnQueue(backend, newJournal());
  });

  it("on PostgreSQL serves one journal", async () => {
    const { connectionString } = await testDatabase();
    await expectOneOwner(await opened({ kind: "postgres", connectionString }), "bullmq.cto_journal");
  });
});
