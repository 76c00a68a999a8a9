/**
 * Whether 32 bytes are a point of Ed25519's curve, as the runtime decides it when it derives an address: a program's address
 * must be none. No library tells it fast and alike: libsodium asks for the subgroup besides, and node:crypto does not tell.
 *
 * A point has x² = (y² - 1) / (d y² + 1). No root is needed, only whether there is one: the Jacobi symbol says so, by
 * divisions instead of 254 squarings. test/base/curve.test.ts holds it against kit's.
 */

const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const WITHOUT_SIGN = 2n ** 255n - 1n;

/** How often two divides it, and what is left. */
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

/** The Jacobi symbol of a over n, an odd number: for a prime, 1 where a has a square root, -1 where it has none, 0 for 0. */
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
  // x is 0, which has no sign.
  if (u === 0n) return ((bytes[31] ?? 0) & 0x80) === 0;
  const v = (D * square + 1n) % P;
  return jacobi((u * v) % P, P) === 1;
}
