/** Says how recent a simulation must be: as recent as all facts that it is judged with (P2). */
import type { Survey } from "../ports.ts";

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** The newest slot of all endpoints' readings, because each of them has a part in what a buy must do. */
export const newestSlotOf = ({ fetched, others = [] }: Pick<Survey, "fetched" | "others">): bigint =>
  others.map((other) => other.fetched.slot).reduce(larger, fetched.slot);
