/** What the keyring sees of the policy: the bytes of a transaction that was approved. */
import type { ApprovedTransaction } from "../engine/ports.ts";
import { verdicts } from "./verdicts.ts";

/** @throws `CTO_E_POLICY_MISSING` when the policy has not approved it */
export const approvedBytes = (transaction: ApprovedTransaction): Uint8Array => verdicts.open(transaction);
