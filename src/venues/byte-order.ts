/** Addresses in the order of their bytes, as programs sort the two mints of a pair. */
import { getAddressEncoder } from "@solana/kit";
import type { Address } from "../engine/ports.ts";

const encoder = getAddressEncoder();
const hexOf = (of: Address): string => Buffer.from(encoder.encode(of)).toString("hex");

/** The smaller first. */
export const sortByBytes = (a: Address, b: Address): [Address, Address] =>
  hexOf(a) < hexOf(b) ? [a, b] : [b, a];
