/** Tests bull-board: an administrator sees the wake-ups, no other key has access, and no one can change anything. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { wakeUpId } from "../../src/queue/queues.ts";
import { enqueue } from "../../src/services/operations.ts";
import { buildJob } from "../support/build-job.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const redisUrl = inject("testRedisUrl");
const BACKENDS = [
  { name: "PostgreSQL", options: {} },
  { name: "Redis", options: redisUrl === null ? null : { redisUrl } },
] as const;

describe.each(BACKENDS)("bull-board, with the queue on $name", ({ options }) => {
  let api: TestApi;
  let id: string;
  let alice: string;

  beforeAll(async () => {
    if (options === null) return;
    api = await openTestApi(options);
    const { context, userId, mint } = api.stage;
    const job = buildJob({ userId, userChatId: 77, tokenAddress: mint });
    await enqueue(context, job, 0, {});
    await enqueue(context, job, 3, {});
    alice = userId;
    id = wakeUpId(userId);
  });
  afterAll(async () => {
    if (options !== null) await api.close();
  });

  it.skipIf(options === null)(
    "shows an administrator whose turn it is: one wake-up per user, however many operations wait",
    async () => {
      const key = api.key("admin");
      const page = await api.request("GET", "/admin/queues", { key });
      expect(page.status).toBe(200);
      expect(page.text).toContain("CTO queue");
      // The page loads its files relative to its base, so the Content-Security-Policy must allow the base.
      expect(page.text).toContain('<base href="/admin/queues/"');
      expect(page.headers["content-security-policy"]).toContain("base-uri 'self'");
      // The page must not load fonts from other servers.
      expect(page.text).not.toMatch(/(src|href)="https?:/);
      // Inline styles would be blocked, and logged as errors.
      expect(page.text).not.toMatch(/<style| style="/);
      const script = /src="(static\/js\/[^"]+)"/.exec(page.text)?.[1];
      expect((await api.request("GET", `/admin/queues/${script}`, { key })).status).toBe(200);
      const { status, body } = await api.request("GET", "/admin/queues/api/queues?activeQueue=cto", { key });
      expect(status).toBe(200);
      const [queue] = body.queues;
      expect(queue).toMatchObject({ name: "cto", readOnlyMode: true });
      expect(queue.jobs).toMatchObject([{ id, data: { userId: alice } }]);
    },
  );

  it.skipIf(options === null)("is closed to everybody else", async () => {
    for (const path of ["/admin/queues", "/admin/queues/api/queues"]) {
      expect((await api.request("GET", path)).status).toBe(401);
      for (const scope of ["read", "operate", "wallets"] as const)
        expect((await api.request("GET", path, { key: api.key(scope) })).status).toBe(403);
    }
  });

  it.skipIf(options === null)("lets nobody change anything, whatever is asked for", async () => {
    const key = api.key("admin");
    const { queue } = api.stage.context;
    const before = await queue.counts();
    for (const path of [`${id}/clean`, `${id}/promote`, "pause", "empty", "obliterate", "add"]) {
      for (const method of ["PUT", "POST", "DELETE"] as const) {
        const { status } = await api.request(method, `/admin/queues/api/queues/cto/${path}`, { key });
        // 405: the path is one of those that only answer GET.
        expect([404, 405], `${method} ${path}`).toContain(status);
      }
    }
    expect(await queue.counts()).toEqual(before);
  });
});
