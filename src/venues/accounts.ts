/** Describes an instruction's accounts by their roles: read, written, or writable signer. */
import { type AccountMeta, AccountRole } from "@solana/kit";
import type { Address } from "../engine/ports.ts";

export const reads = (address: Address): AccountMeta => ({ address, role: AccountRole.READONLY });
export const writes = (address: Address): AccountMeta => ({ address, role: AccountRole.WRITABLE });
export const signs = (address: Address): AccountMeta => ({ address, role: AccountRole.WRITABLE_SIGNER });
