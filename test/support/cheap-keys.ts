/**
 * Lowers the cost of deriving keys to the least that opens, in the tests and in the processes that they start. Each
 * derivation otherwise takes about 250 ms of a processor. `test/wallets/secret-box.test.ts` tests the real cost.
 */
import { COST } from "../../src/wallets/derive-key.ts";

/** The cost without tests. */
export const REAL_LOG2N = COST.log2N;

COST.log2N = 14;
