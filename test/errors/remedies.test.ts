/** Tests that a remedy fits the case: what it says can be done there, and helps. */
import { expect, it } from "vitest";
import { expired } from "../../src/engine/step/expiry.ts";
import { CTOError, REGISTRY } from "../../src/errors/index.ts";

it("of an expired request asks for a later time while there is no operation yet, and names a retry afterwards", () => {
  const operation = { request: { expiresAt: new Date(0) } } as Parameters<typeof expired>[0];
  const refused = expired(operation, { isNew: true });
  expect(refused.message).toBe("expiresAt is in the past: 1970-01-01T00:00:00.000Z");
  expect(refused.remedy).toMatch(/^Give a later time.* No operation was created\.$/);
  expect(refused.remedy).not.toContain("retry");
  expect(expired(operation)).toMatchObject({
    message: "The operation expired at 1970-01-01T00:00:00.000Z",
    remedy: expect.stringContaining("retry this one"),
  });
});

it("of a refused start says what to do while pledges are missing", () => {
  const { remedy } = new CTOError("CTO_E_CALL_START_REFUSED", { callId: "c", reason: "x" });
  expect(remedy).toMatch(/^If covered pledges do not reach the least, wait for more of them\. Then/);
});

it("of a second funding wallet speaks of no key, because one that is generated has none to import", () => {
  expect(REGISTRY.CTO_E_WALLET_FUNDING_EXISTS.remedy).not.toMatch(/key|import/);
});

it("of a limit, where the journal does not say which, promises that waiting helps with that of 24 hours alone", () => {
  const { remedy } = REGISTRY.CTO_E_LIMIT_EXCEEDED;
  expect(remedy).toContain("Waiting helps only with the limit of 24 hours (`--per-day`)");
  expect(remedy).toContain("`cto limits set` raises them");
});
