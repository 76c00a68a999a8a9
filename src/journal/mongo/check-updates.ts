/**
 * At most once rests on conditional updates: of many that ask for the same state, one may win. A server is taken at what it
 * does, not at what it calls itself: at each opening, several connections race for a scratch document.
 */
import { randomUUID } from "node:crypto";
import { CTOError } from "../../errors/index.ts";
import type { Store } from "./store.ts";

/** Each round has one winner. A server that is not atomic shows it within the first few. */
const ROUNDS = 4;
/** At once: the driver opens a connection for each that it does not have. */
const RACERS = 12;
const KEPT_MS = 60_000;

/** @throws `CTO_E_JOURNAL_TOO_WEAK` where an update was lost, or won twice */
export async function checkUpdates({ cache, clock }: Pick<Store, "cache" | "clock">): Promise<void> {
  const _id = `race/${randomUUID()}`;
  const expiresAt = new Date(clock.now().getTime() + KEPT_MS);
  await cache.insertOne({ _id, value: "0", expiresAt });
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const race = Array.from({ length: RACERS }, () =>
        cache.updateOne({ _id, value: String(round) }, { $set: { value: String(round + 1) } }),
      );
      const won = (await Promise.all(race)).filter(({ modifiedCount }) => modifiedCount === 1).length;
      if (won === 1) continue;
      throw new CTOError("CTO_E_JOURNAL_TOO_WEAK", {
        setting: "conditional updates",
        value: `${won} of ${RACERS} that asked for the same state succeeded`,
        needed: "exactly one: MongoDB itself, as a replica set",
      });
    }
  } finally {
    await cache.deleteOne({ _id });
  }
}
