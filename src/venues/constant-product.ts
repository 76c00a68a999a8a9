/** Calculates swaps along x * y = k, without fees. Amounts are in base units. */

/** What `input` buys from a reserve, rounded down. 0 if the reserves are empty. */
export const outOf = (input: bigint, inputReserve: bigint, outputReserve: bigint): bigint =>
  inputReserve + input <= 0n ? 0n : (input * outputReserve) / (inputReserve + input);
