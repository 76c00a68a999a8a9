/** Gives the keyring the bytes of an approved transaction, and nothing else of the policy. */
import type { ApprovedTransaction } from "../engine/ports.ts";
import { verdicts } from "./verdicts.ts";

/** @throws `CTO_E_POLICY_MISSING` if the policy has not approved it */
export const approvedBytes = (transaction: ApprovedTransaction): Uint8Array => verdicts.open(transaction);
