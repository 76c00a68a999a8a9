/** Tests the rules that every journal must follow for its cache of short texts. */
import assert from "node:assert/strict";
import type { JournalCase } from "./harness.ts";

const LONG_MS = 600_000;

export const CACHE_CASES: readonly JournalCase[] = [
  {
    name: "a cached text is read back, replaced by a later one, and gone when its time is over",
    run: async ({ journal }) => {
      assert.equal(await journal.readCached("venue/a"), null);
      await journal.writeCached("venue/a", "first", LONG_MS);
      await journal.writeCached("venue/a", "second", LONG_MS);
      await journal.writeCached("venue/b", "other", LONG_MS);
      assert.equal(await journal.readCached("venue/a"), "second");
      await journal.writeCached("venue/a", "brief", 0);
      assert.equal(await journal.readCached("venue/a"), null);
      assert.equal(await journal.readCached("venue/b"), "other");
    },
  },
];
