/** Swaps along x * y = k, without fees. Amounts in base units. */

/** Rounded down: what `input` buys of a reserve. 0 when there is nothing to buy from. */
export const outOf = (input: bigint, inputReserve: bigint, outputReserve: bigint): bigint =>
  inputReserve + input <= 0n ? 0n : (input * outputReserve) / (inputReserve + input);
