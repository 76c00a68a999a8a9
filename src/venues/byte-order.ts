/** Sorts two addresses by their bytes, as programs sort the two mints of a pair. */
import { bytesOfAddress } from "../base/base58.ts";
import type { Address } from "../engine/ports.ts";

const hexOf = (of: Address): string => Buffer.from(Uint8Array.from(bytesOfAddress(of))).toString("hex");

/** The smaller address is first. */
export const sortByBytes = (a: Address, b: Address): [Address, Address] =>
  hexOf(a) < hexOf(b) ? [a, b] : [b, a];
