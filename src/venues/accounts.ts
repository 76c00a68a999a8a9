/** Accounts of an instruction, by what it does with them. */
import { type AccountMeta, AccountRole } from "@solana/kit";
import type { Address } from "../engine/ports.ts";

export const reads = (address: Address): AccountMeta => ({ address, role: AccountRole.READONLY });
export const writes = (address: Address): AccountMeta => ({ address, role: AccountRole.WRITABLE });
export const signs = (address: Address): AccountMeta => ({ address, role: AccountRole.WRITABLE_SIGNER });
