/** Tests the rules that every journal must follow for notes. */
import assert from "node:assert/strict";
import type { JournalCase } from "./harness.ts";

export const NOTE_CASES: readonly JournalCase[] = [
  {
    name: "a note is written by whoever knows its version, and listed by the beginning of its key",
    run: async ({ journal }) => {
      assert.equal(await journal.readNote("chat/1"), null);
      assert.equal(await journal.writeNote("chat/1", 1, "never"), false);
      assert.equal(await journal.writeNote("chat/1", 0, "first"), true);
      assert.equal(await journal.writeNote("chat/1", 0, "late"), false);
      assert.equal(await journal.writeNote("chat/1", 1, "second"), true);
      assert.deepEqual(await journal.readNote("chat/1"), { key: "chat/1", value: "second", version: 2 });
      const both = await Promise.all(["a", "b"].map((value) => journal.writeNote("race", 0, value)));
      assert.deepEqual(both.sort(), [false, true]);
      assert.equal(await journal.writeNote("chat/-2", 0, "other"), true);
      assert.equal(await journal.writeNote("chat%", 0, "no pattern"), true);
      assert.deepEqual(
        (await journal.listNotes("chat/")).map(({ key }) => key),
        ["chat/-2", "chat/1"],
      );
      assert.deepEqual(await journal.listNotes("chat_"), []);
      assert.equal(await journal.writeNote("chat/1", 1, null), false);
      assert.equal(await journal.writeNote("chat/1", 2, null), true);
      assert.equal(await journal.writeNote("chat/1", 2, null), true);
      assert.equal(await journal.readNote("chat/1"), null);
    },
  },
];
