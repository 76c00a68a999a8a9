/**
 * Decides whether 32 bytes are a point of Ed25519's curve, exactly as the runtime does when it derives an
 * address: a program's address must not be a point. No library does this both fast and identically: libsodium
 * also requires the subgroup, and node:crypto has no such function.
 *
 * A point satisfies x² = (y² - 1) / (d y² + 1). We need to know only whether the root exists. The Jacobi
 * symbol answers this with divisions instead of 254 squarings. test/base/curve.test.ts compares the result with kit's.
 */

const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const WITHOUT_SIGN = 2n ** 255n - 1n;

/** Returns the odd part of `value`, and how often two divides it. */
function withoutTwos(value: bigint): [odd: bigint, twos: number] {
  let odd = value;
  let twos = 0;
  for (;;) {
    const low = Number(odd & 0x7fff_ffffn);
    if (low !== 0) {
      const zeros = 31 - Math.clz32(low & -low);
      return [odd >> BigInt(zeros), twos + zeros];
    }
    odd >>= 31n;
    twos += 31;
  }
}

/**
 * Returns the Jacobi symbol of a over n, an odd number. If n is a prime: 1 if a has a square root, -1 if it
 * has none, 0 for 0.
 */
function jacobi(a: bigint, n: bigint): number {
  let top = a % n;
  let bottom = n;
  let sign = 1;
  while (top !== 0n) {
    const [odd, twos] = withoutTwos(top);
    const eighths = Number(bottom & 7n);
    if (twos % 2 === 1 && (eighths === 3 || eighths === 5)) sign = -sign;
    if (Number(odd & 3n) === 3 && eighths % 4 === 3) sign = -sign;
    top = bottom % odd;
    bottom = odd;
  }
  return bottom === 1n ? sign : 0;
}

export function isOnCurve(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`) & WITHOUT_SIGN;
  const square = (y * y) % P;
  const u = (square + P - 1n) % P;
  // x is 0 and has no sign, so the sign bit must be 0.
  if (u === 0n) return ((bytes[31] ?? 0) & 0x80) === 0;
  const v = (D * square + 1n) % P;
  return jacobi((u * v) % P, P) === 1;
}
