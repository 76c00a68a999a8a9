/** The slots in which an attempt landed, as the journal has them. */
import { type Attempt, BLOCKHASH_BLOCKS, type Leg, type Step } from "../ports.ts";
import { stepsOfLeg } from "./leg-history.ts";

/** The first and the last slot in which an attempt may have landed. */
export type Landing = { readonly earliest: bigint; readonly latest: bigint };

/** Most slots have a block. We assume that at least every second one has. */
const SLOTS_OF_LIFE = 2n * BigInt(BLOCKHASH_BLOCKS);

/** Where a person decided without proof that an attempt has landed, its slot is unknown. Its blockhash bounds it. */
export const landingOf = ({ slot, blockhashSlot }: Pick<Attempt, "slot" | "blockhashSlot">): Landing =>
  slot === undefined
    ? { earliest: blockhashSlot, latest: blockhashSlot + SLOTS_OF_LIFE }
    : { earliest: slot, latest: slot };

export const landedOf = ({ attempts }: Step): Attempt | undefined =>
  attempts.find(({ status }) => status === "landed");

/** Returns when the leg was funded ahead; null if the journal does not have that it was. */
export function fundingOf(steps: readonly Step[], all: readonly Leg[], leg: Leg): Landing | null {
  const [landed] = stepsOfLeg(steps, all, leg).flatMap((step) =>
    step.kind === "fund" ? (landedOf(step) ?? []) : [],
  );
  return landed === undefined ? null : landingOf(landed);
}

/** Returns the slot in which the leg's wallet was first paid for; null if the journal does not have it. */
export function paidIn(steps: readonly Step[], all: readonly Leg[], leg: Leg): bigint | null {
  const own = stepsOfLeg(steps, all, leg);
  const funded = own.flatMap((step) => (step.kind === "fund" ? (landedOf(step) ?? []) : []));
  const paid = funded.length > 0 ? funded : own.flatMap(({ attempts }) => attempts);
  return paid.find(({ slot }) => slot !== undefined)?.slot ?? null;
}
