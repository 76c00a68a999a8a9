/** Reads how many tokens every landed leg received. */

import { isOutage } from "../../errors/index.ts";
import type { Leg } from "../ports.ts";
import { stepOfLeg } from "../step/of-leg.ts";
import { hasLanded } from "../step/status.ts";
import type { Run } from "./journaling.ts";

/**
 * Stores what every landed leg received, from one read of the wallets' token accounts. It is correct if nobody else
 * has used these accounts since the plan. If a fork changes something later, the settlement reads the final
 * transactions (`incidents.ts`).
 */
export async function writeTokens({ ports, operation, signal }: Run, legs: readonly Leg[]): Promise<void> {
  const steps = await ports.journal.readSteps(operation.id);
  const landed = steps.filter(({ kind, status }) => kind === "buy" && hasLanded(status));
  if (landed.length === 0) return;
  const slots = landed.flatMap(({ attempts }) => attempts.map(({ slot }) => slot ?? 0n));
  const owners = legs.filter((leg) => stepOfLeg(landed, "buy", leg) !== undefined);
  for (let look = 0; look < 3 && !signal.aborted; look += 1) {
    try {
      const survey = await ports.venues.survey(
        operation.request.tokenAddress,
        owners.map(({ address }) => address),
      );
      if (slots.every((slot) => slot <= survey.slot)) {
        const received = owners.map(({ index, address, tokensBefore }) => ({
          leg: index,
          tokens: (survey.owners.get(address)?.tokens ?? 0n) - tokensBefore,
        }));
        return await ports.journal.writeTokensReceived(operation.id, received);
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    await ports.clock.sleep(400, signal); // An endpoint behind the landing slot catches up within a slot or two.
  }
}
