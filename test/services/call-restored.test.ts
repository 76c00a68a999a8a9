/** Tests that a restore holds the calls of before it, and no others, whatever the clocks of servers and databases say. */
import { expect, it } from "vitest";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { whyHeld } from "../../src/services/calls/context.ts";

const RESTORE = { by: "ops", reason: "failover", since: 0n, lastValidBlockHeight: 1n };

it("a call that was in the backup is held; one that was created after the declaration is not", async () => {
  let now = new Date("2026-11-27T12:00:00Z");
  const journal = createMemoryJournal({ now: () => now });
  const declared = async () => (await journal.readRestore())?.at ?? null;
  const before = { restoredAt: await declared(), held: null };
  expect(await whyHeld({ journal }, before)).toBeNull();
  // The new database's clock is behind the one of the server that created the call.
  now = new Date("2026-11-27T11:50:00Z");
  await journal.declareRestore(RESTORE);
  expect(await whyHeld({ journal }, before)).toContain("restored from a backup");
  const after = { restoredAt: await declared(), held: null };
  expect(await whyHeld({ journal }, after)).toBeNull();
  // The next restore holds both.
  now = new Date("2026-11-27T11:55:00Z");
  await journal.declareRestore(RESTORE);
  expect(await whyHeld({ journal }, before)).not.toBeNull();
  expect(await whyHeld({ journal }, after)).not.toBeNull();
});
