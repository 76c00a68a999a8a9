/** Runs a transaction on the real programs as if everybody whom it names had signed it, and forgets its changes. */
import { getBase64Encoder } from "@solana/kit";
import { unsignedWire } from "../src/chain/wire.ts";
import type { UnsignedTransaction } from "../src/engine/ports.ts";
import type { Simulation } from "../src/localnet/cluster.ts";
import { decodeWire } from "../src/localnet/wire.ts";
import type { HostileMarket } from "./market.ts";

/** `accounts` has what it would have written. */
export const execute = (
  { localnet }: Pick<HostileMarket, "localnet">,
  unsigned: UnsignedTransaction,
): Simulation => {
  const wire = new Uint8Array(getBase64Encoder().encode(unsignedWire(unsigned)));
  const { cluster } = localnet;
  const at = cluster.head("processed");
  return cluster.simulate(decodeWire(wire), { verifySignatures: false, checkBlockhash: false, at });
};
