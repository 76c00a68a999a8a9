/** Encodes and decodes incidents. Token units and slots are decimal text. */
import { address, signature } from "@solana/kit";
import { z } from "zod";
import type { Incident } from "../engine/ports.ts";

const whole = z
  .string()
  .regex(/^-?\d+$/)
  .transform((text) => BigInt(text));

const storedIncident = z.object({
  leg: z.number().int(),
  address: z.string().transform((text) => address(text)),
  signature: z.string().transform((text) => signature(text)),
  slot: whole,
  received: whole,
  least: whole,
});

export const plainIncident = ({ slot, received, least, ...rest }: Incident) => ({
  ...rest,
  slot: slot.toString(),
  received: received.toString(),
  least: least.toString(),
});
export type IncidentDocument = ReturnType<typeof plainIncident>;

/** Returns the incidents in the order of legs, or null if there are none. @throws if a record is not an incident */
export const decodeIncidents = (stored: readonly unknown[]): readonly Incident[] | null =>
  stored.length === 0 ? null : stored.map((one) => storedIncident.parse(one)).sort((a, b) => a.leg - b.leg);
