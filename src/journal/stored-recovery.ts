/** Encodes and decodes the recovery of an operation. */
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import { RECOVERY_STATES, type Recovery, type RecoveryLeg } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const decimal = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => lamports(BigInt(text)));

const legs = z.array(
  z.object({
    leg: z.number().int(),
    owed: decimal,
    before: decimal,
    accounts: z.array(
      z.object({ address: z.string().transform((text) => address(text)), lamports: decimal }),
    ),
    why: z.string().nullish(),
  }),
);

const storedRecovery = z.object({
  state: z.enum(RECOVERY_STATES),
  at: z.date(),
  legs,
  failure: z.object({ code: z.string(), message: z.string() }).nullish(),
});

/** Converts one leg to plain values. Lamports are decimal text. */
export const plainLeg = ({ leg, owed, before, accounts, why }: RecoveryLeg) => ({
  leg,
  owed: owed.toString(),
  before: before.toString(),
  accounts: accounts.map((one) => ({ address: one.address, lamports: one.lamports.toString() })),
  why: why ?? null,
});
export type RecoveryLegDocument = ReturnType<typeof plainLeg>;

/**
 * Returns null if there is no recovery. @throws if the value is not a recovery (a zod error, or kit's for an address)
 */
export const decodeRecovery = (stored: unknown): Recovery | null => {
  if (stored === null || stored === undefined) return null;
  const { legs: found, ...rest } = storedRecovery.parse(stored);
  return { ...withoutNulls(rest), legs: found.map((leg) => withoutNulls(leg)) } as Recovery;
};

/** Merges legs. A leg in `after` replaces the same leg in `before`. */
export const mergeLegs = (before: readonly RecoveryLeg[], after: readonly RecoveryLeg[]): RecoveryLeg[] =>
  [...new Map([...before, ...after].map((leg) => [leg.leg, leg])).values()].sort((a, b) => a.leg - b.leg);
