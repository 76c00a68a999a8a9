/**
 * Encodes the data of an Anchor instruction: its discriminator, u64 amounts in little-endian order, and the remaining
 * bytes.
 */
export const instructionData = (
  discriminator: readonly number[],
  amounts: readonly bigint[],
  tail: readonly number[] = [],
): Uint8Array => {
  const data = new Uint8Array(discriminator.length + 8 * amounts.length + tail.length);
  data.set(discriminator, 0);
  const view = new DataView(data.buffer);
  amounts.forEach((amount, at) => {
    view.setBigUint64(discriminator.length + 8 * at, amount, true);
  });
  data.set(tail, discriminator.length + 8 * amounts.length);
  return data;
};
