/** Counts operations' legs and how many of them landed: two reads for a whole list, which fetch no attempt. */
import { z } from "zod";
import { hasLanded, STEP_STATUSES, type Tally } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { decimal } from "../documents/decimal.ts";
import type { Store } from "../store.ts";

const plan = z.object({
  _id: z.string(),
  legs: z.array(z.object({ index: z.number().int(), lamports: decimal })),
});
type Plan = z.infer<typeof plan>;

const state = z.object({ status: z.enum(STEP_STATUSES).optional() });
const stepped = z.object({ _id: z.string(), steps: z.record(z.string(), state).default({}) });
type States = z.infer<typeof stepped>["steps"];

/** A plan's steps are its buys. A sweep has no buys: its steps are the returns. */
function tallyOf({ legs }: Plan, steps: States): Tally {
  const statusOf = (kind: string, leg: number) => steps[`${kind}-${leg}`]?.status;
  const kind = legs.some(({ index }) => statusOf("buy", index) !== undefined) ? "buy" : "recover";
  const landed = legs.filter(({ index }) => {
    const status = statusOf(kind, index);
    return status !== undefined && hasLanded(status);
  });
  const landedLamports = landed.reduce((sum, { lamports }) => sum + lamports, 0n);
  return { legs: legs.length, landed: landed.length, landedLamports };
}

/** Returns the projection for the statuses of all steps that this many legs can have. */
const statesOf = (legs: number): Record<string, 1> =>
  Object.fromEntries(
    Array.from({ length: legs }, (_, at) => at + 1).flatMap((leg) => [
      [`steps.buy-${leg}.status`, 1],
      [`steps.recover-${leg}.status`, 1],
    ]),
  );

export async function tallyLegs(
  { operations }: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Tally>> {
  if (ids.length === 0) return new Map();
  const wanted = { _id: { $in: [...ids] } };
  const read = await operations
    .find(wanted, { projection: { "legs.index": 1, "legs.lamports": 1 } })
    .toArray();
  const plans = new Map(
    read.map((found) => {
      const parsed = parseRecord("operations", () => plan.parse(found));
      return [parsed._id, parsed];
    }),
  );
  const most = Math.max(0, ...[...plans.values()].map(({ legs }) => legs.length));
  if (most === 0) return new Map();
  const found = await operations.find(wanted, { projection: statesOf(most) }).toArray();
  return new Map(
    found.flatMap((document) => {
      const { _id, steps } = parseRecord("operations", () => stepped.parse(document));
      const planned = plans.get(_id);
      return planned === undefined || planned.legs.length === 0 ? [] : [[_id, tallyOf(planned, steps)]];
    }),
  );
}
