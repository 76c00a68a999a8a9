/** Tests what the dashboard says about an API key: the same as the server's check. */
import { expect, it } from "vitest";
import { keyStateOf } from "../../web/src/format/key-state.ts";

const NOW = Date.parse("2026-11-27T10:00:00.000Z");
const before = "2026-11-27T09:59:59.999Z";
const after = "2026-11-27T10:00:00.001Z";

it.each([
  ["valid", null, null],
  ["valid", null, after],
  ["expired", null, before],
  ["expired", null, "2026-11-27T10:00:00.000Z"],
  ["revoked", before, null],
  ["revoked", before, before],
] as const)("a key is %s (revoked at %s, expires at %s)", (state, revokedAt, expiresAt) => {
  expect(keyStateOf({ revokedAt, expiresAt }, NOW)).toBe(state);
});
