/** Defines DAMM v2's program, and the accounts that are the same for all of its pools. */
import { address } from "@solana/kit";
import type { Address } from "../../engine/ports.ts";
import { pda } from "../pda.ts";

export const DAMM_PROGRAM = address("cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG");
export const DAMM_AUTHORITY = address("HLnpSz9h2S4hiLQ43rnSD9XkcUThA7B8hQMKmDaiTLcC");
export const dammEventAuthority = (): Promise<Address> => pda(DAMM_PROGRAM, "__event_authority");
