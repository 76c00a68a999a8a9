/**
 * The two instructions that make an address lookup table. Layout: `ProgramInstruction` of
 * solana-address-lookup-table-interface (bincode: a u32 tag, then the fields).
 */
import {
  type AccountMeta,
  AccountRole,
  type Address,
  address,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU64Encoder,
  type Instruction,
} from "@solana/kit";

const PROGRAM = address("AddressLookupTab1e1111111111111111111111111");
const SYSTEM_PROGRAM = address("11111111111111111111111111111111");
const CREATE = 0;
const EXTEND = 2;

const encoder = getAddressEncoder();
const u64 = getU64Encoder();

const tagged = (tag: number, ...parts: readonly ArrayLike<number>[]): Uint8Array =>
  Uint8Array.from([tag, 0, 0, 0, ...parts.flatMap((part) => Array.from(part))]);

const accountsOf = (table: Address, authority: Address): AccountMeta[] => [
  { address: table, role: AccountRole.WRITABLE },
  { address: authority, role: AccountRole.READONLY_SIGNER },
  { address: authority, role: AccountRole.WRITABLE_SIGNER },
  { address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
];

/**
 * Creates a table that the authority pays for and may extend.
 * @param recentSlot a slot that the cluster still keeps; the table's address is derived from it
 */
export async function createTable(
  authority: Address,
  recentSlot: bigint,
): Promise<{ table: Address; instruction: Instruction }> {
  const slot = u64.encode(recentSlot);
  const [table, bump] = await getProgramDerivedAddress({
    programAddress: PROGRAM,
    seeds: [encoder.encode(authority), slot],
  });
  const data = tagged(CREATE, slot, [bump]);
  return { table, instruction: { programAddress: PROGRAM, accounts: accountsOf(table, authority), data } };
}

/** Appends addresses; about twenty fit one transaction. */
export const extendTable = (table: Address, authority: Address, added: readonly Address[]): Instruction => ({
  programAddress: PROGRAM,
  accounts: accountsOf(table, authority),
  data: tagged(EXTEND, u64.encode(BigInt(added.length)), ...added.map((each) => encoder.encode(each))),
});
