/** Tests which version of a program's buy instruction is tried first, by one process and by all processes. */
import { describe, expect, it } from "vitest";
import type { SharedCache } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { memoryCache } from "../../src/journal/memory/cache.ts";
import { createVersions } from "../../src/venues/versions.ts";

const DAY = 24 * 3_600_000;

describe("the versions of a buy", () => {
  it("are tried newest first, until one has passed", async () => {
    const versions = createVersions("pumpfun");
    expect(await versions.order(3)).toEqual([0, 1, 2]);
    await versions.accepted(2);
    expect(await versions.order(3)).toEqual([2, 0, 1]);
  });

  it("that passed are known to every process, of that venue, for a day", async () => {
    let now = 0;
    const cache = memoryCache(() => new Date(now));
    await createVersions("pumpfun", cache, () => now).accepted(2);
    const another = createVersions("pumpfun", cache, () => now);
    expect(await another.order(3)).toEqual([2, 0, 1]);
    expect(await createVersions("meteora", cache, () => now).order(2)).toEqual([0, 1]);
    now = DAY + 1;
    expect(await another.order(3)).toEqual([0, 1, 2]);
  });

  it("are shared with other processes once, not for every operation", async () => {
    let writes = 0;
    const cache: SharedCache = { readCached: async () => null, writeCached: async () => void writes++ };
    const versions = createVersions("pumpfun", cache);
    for (let operation = 0; operation < 3; operation += 1) await versions.accepted(1);
    expect(writes).toBe(1);
  });

  it.each(["", "-1", "1.5", "nonsense", "7"])(
    "are tried newest first where the cache says %j",
    async (text) => {
      const cache: SharedCache = { readCached: async () => text, writeCached: async () => undefined };
      expect(await createVersions("pumpfun", cache).order(3)).toEqual([0, 1, 2]);
    },
  );

  it("are tried newest first while the cache fails, without an error", async () => {
    const away = async (): Promise<never> => {
      throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: "away" });
    };
    const versions = createVersions("pumpfun", { readCached: away, writeCached: away });
    expect(await versions.order(3)).toEqual([0, 1, 2]);
    await versions.accepted(1);
    expect(await versions.order(3)).toEqual([1, 0, 2]);
  });
});
