/** Tests that the in-memory journal fulfils the journal's contract. */
import { describe, test } from "vitest";
import { JOURNAL_CONTRACT } from "../../src/journal/contract.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

const A_YEAR_MS = 365 * 86_400_000;

describe("the in-memory journal", () => {
  test.each(JOURNAL_CONTRACT)("$name", async ({ run }) => {
    let time = Date.UTC(2030, 0, 1);
    const journal = createMemoryJournal({ now: () => new Date(time) });
    const pass = async (): Promise<void> => {
      time += A_YEAR_MS;
    };
    await run({ journal, expireLease: pass, passDay: pass });
  });
});
