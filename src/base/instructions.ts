/**
 * Builds the instructions of Solana's own programs that most of our transactions hold. They are those that the programs'
 * clients build, which take ten times as long; test/base/instructions.test.ts compares both. The policy does not use
 * them: it has a table of its own.
 */
import { type AccountMeta, AccountRole, type Address, address, type Instruction } from "@solana/kit";

const SYSTEM = address("11111111111111111111111111111111");
const TOKEN = address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const ASSOCIATED_TOKEN = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
export const COMPUTE_BUDGET = address("ComputeBudget111111111111111111111111111111");
const RENT = address("SysvarRent111111111111111111111111111111111");
/** `MemoSq4g…`: explorers and indexers read this program's memos. The client's default is a newer program. */
const MEMO = address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

const meta = (account: Address, role: AccountRole): AccountMeta => ({ address: account, role });
const { READONLY, READONLY_SIGNER, WRITABLE, WRITABLE_SIGNER } = AccountRole;

/**
 * Returns the data of an instruction: a number that names it, and an amount.
 *
 * @throws {RangeError} if a number does not fit: a written number that is cut off would be another amount
 */
function numbered(tag: number, tagBytes: 1 | 4, amount: bigint, amountBytes: 4 | 8): Uint8Array {
  if (amount < 0n || amount >= 1n << BigInt(8 * amountBytes))
    throw new RangeError(`${amount} is no amount of ${amountBytes} bytes`);
  const data = new Uint8Array(tagBytes + 8);
  data[0] = tag;
  new DataView(data.buffer).setBigUint64(tagBytes, amount, true);
  return data.subarray(0, tagBytes + amountBytes);
}

export const transferSol = (from: Address, to: Address, lamports: bigint): Instruction => ({
  programAddress: SYSTEM,
  accounts: [meta(from, WRITABLE_SIGNER), meta(to, WRITABLE)],
  data: numbered(2, 4, lamports, 8),
});

export const setComputeUnitLimit = (units: number): Instruction => ({
  programAddress: COMPUTE_BUDGET,
  data: numbered(2, 1, BigInt(units), 4),
});

export const setComputeUnitPrice = (microLamports: bigint): Instruction => ({
  programAddress: COMPUTE_BUDGET,
  data: numbered(3, 1, microLamports, 8),
});

/** Its lamports go to the owner. @param program the token program that the account belongs to */
export const closeAccount = (account: Address, owner: Address, program: Address = TOKEN): Instruction => ({
  programAddress: program,
  accounts: [meta(account, WRITABLE), meta(owner, WRITABLE), meta(owner, READONLY_SIGNER)],
  data: Uint8Array.of(9),
});

/** Counts lamports that came to a wrapped-SOL account by a transfer. */
export const syncNative = (account: Address): Instruction => ({
  programAddress: TOKEN,
  accounts: [meta(account, WRITABLE), meta(RENT, READONLY)],
  data: Uint8Array.of(17),
});

type Opened = {
  readonly payer: Address;
  readonly account: Address;
  readonly owner: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
};

/** Creates the owner's associated token account, unless it is there; the payer pays its rent. */
export const openAssociated = ({ payer, account, owner, mint, tokenProgram }: Opened): Instruction => ({
  programAddress: ASSOCIATED_TOKEN,
  accounts: [
    meta(payer, WRITABLE_SIGNER),
    meta(account, WRITABLE),
    meta(owner, READONLY),
    meta(mint, READONLY),
    meta(SYSTEM, READONLY),
    meta(tokenProgram, READONLY),
  ],
  data: Uint8Array.of(1),
});

/**
 * Creates a memo, signed by the wallet that it concerns.
 *
 * @example
 * memoOf("cto:1:Qm3…:buy:1/10", buyer);
 */
export const memoOf = (text: string, signer: Address): Instruction => ({
  programAddress: MEMO,
  accounts: [meta(signer, READONLY_SIGNER)],
  data: new TextEncoder().encode(text),
});
