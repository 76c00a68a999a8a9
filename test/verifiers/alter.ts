/** Changes one small part of a receipt. Both verifiers must give the same result for it. */
import { createRandom } from "../../sim/random.ts";
import type { Receipt } from "../../src/receipts/index.ts";

type Random = ReturnType<typeof createRandom>;
type Loose = Record<string, unknown>;

const AMOUNTS = ["lamports", "tokens", "leastTokens", "slot"] as const;
const isAmount = (field: string): boolean => AMOUNTS.some((one) => one === field);
const STATUSES = [
  "ready",
  "in_flight",
  "confirmed",
  "finalized",
  "failed",
  "cancelled",
  "needs_review",
] as const;

function alterStep(random: Random, step: Loose): void {
  const field = random.pick([
    ...AMOUNTS,
    "status",
    "memo",
    "signature",
    "payer",
    "address",
    "leg",
    "gone",
  ] as const);
  const value = step[field];
  if (isAmount(field) && typeof value === "string") step[field] = String(BigInt(value) + 1n);
  else if (field === "status") step.status = random.pick(STATUSES);
  else if (field === "memo") step.memo = String(step.memo).replace(/:(\d+)\//, ":9/");
  else if (field === "leg") step.leg = Number(step.leg) + 1;
  else if (field === "gone") delete step[random.pick(["tokens", "signature", "slot", "payer"] as const)];
  else step[field] = `1${String(step[field] ?? "").slice(1)}`;
}

/** Alters a receipt. @returns a receipt of the same shape with another content, or by chance the same content */
export function alter(receipt: Receipt, seed: number): unknown {
  const random = createRandom(seed, "alter");
  const lie = structuredClone(receipt) as unknown as Loose & {
    legs: Loose[];
    recovered?: Loose[];
    asked: Loose;
    totals: Loose;
    costs: Loose;
  };
  const steps = [...lie.legs, ...(lie.recovered ?? [])];
  const what = random.pick([
    "step",
    "step",
    "step",
    "drop",
    "double",
    "asked",
    "totals",
    "costs",
    "status",
  ] as const);
  const [first, ...others] = steps;
  if (what === "step" && first !== undefined) alterStep(random, random.pick([first, ...others]));
  else if (what === "drop") lie.legs.splice(0, 1);
  else if (what === "double" && lie.legs[0]) lie.legs.push({ ...lie.legs[0], leg: lie.legs.length + 1 });
  else if (what === "asked") lie.asked.lamports = String(BigInt(receipt.asked.lamports) + 1n);
  else if (what === "totals") lie.totals[random.pick(["legs", "landed"] as const)] = 99;
  else if (what === "costs")
    lie.costs.networkLamports = String(BigInt(receipt.costs.networkLamports) + 5_000n);
  else if (what === "status") lie.status = random.pick(["completed", "failed", "cancelled"] as const);
  else lie.settled = !lie.settled;
  return lie;
}
