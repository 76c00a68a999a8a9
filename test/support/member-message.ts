/** Builds the messages of a member of a call: what is handed out, and what a wallet may make of it. */
import {
  AccountRole,
  type Address,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  compressTransactionMessageUsingAddressLookupTables,
  createTransactionMessage,
  type Instruction,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { GUARDS, LIGHTHOUSE } from "../../src/base/guards.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";

export const key = (): Address => generateKeypair().address;
const [MEMBER, PROGRAM, POOL, ACCOUNT, TABLE, LOOKED_UP, STRANGER] = Array.from({ length: 7 }, key) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];

export { ACCOUNT, LOOKED_UP, MEMBER, POOL, PROGRAM, STRANGER };

export const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;
export const BUDGET = "ComputeBudget111111111111111111111111111111" as Address;
export const HASH = "SysvarC1ock11111111111111111111111111111111" as Blockhash;
export const OTHER_HASH = "SysvarRent111111111111111111111111111111111" as Blockhash;
export const TABLES = { [TABLE]: [LOOKED_UP] } as Record<Address, Address[]>;

export type Shape = {
  version?: 0 | 1;
  payer?: Address;
  blockhash?: Blockhash;
  priorityFeeLamports?: bigint;
  tables?: Record<Address, Address[]>;
};

export function compile(instructions: readonly Instruction[], shape: Shape = {}): Uint8Array {
  const { version = 0, payer = MEMBER, blockhash = HASH, priorityFeeLamports = 7n, tables = {} } = shape;
  const lifetime = { blockhash, lastValidBlockHeight: 1n };
  if (version === 1)
    return Uint8Array.from(
      pipe(
        createTransactionMessage({ version: 1 }),
        (empty) => setTransactionMessageFeePayer(payer, empty),
        (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
        (lasting) => setTransactionMessageConfig({ priorityFeeLamports }, lasting),
        (limited) => compileTransaction(appendTransactionMessageInstructions(instructions, limited)),
      ).messageBytes,
    );
  return Uint8Array.from(
    pipe(
      createTransactionMessage({ version: 0 }),
      (empty) => setTransactionMessageFeePayer(payer, empty),
      (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
      (lasting) => appendTransactionMessageInstructions(instructions, lasting),
      (whole) => compileTransaction(compressTransactionMessageUsingAddressLookupTables(whole, tables)),
    ).messageBytes,
  );
}

export const limit: Instruction = { programAddress: BUDGET, data: Uint8Array.of(2, 1, 0, 0, 0) };
export const swap: Instruction = {
  programAddress: PROGRAM,
  accounts: [
    { address: MEMBER, role: AccountRole.WRITABLE_SIGNER },
    { address: POOL, role: AccountRole.WRITABLE },
    { address: LOOKED_UP, role: AccountRole.READONLY },
  ],
  data: Uint8Array.of(9, 9, 9),
};
export const memo: Instruction = {
  programAddress: MEMO,
  accounts: [{ address: MEMBER, role: AccountRole.READONLY_SIGNER }],
  data: new TextEncoder().encode("cto:1:call_1:buy:1/5"),
};
export const BUY = [limit, swap, memo];

export const guard = (
  first: number,
  accounts = GUARDS[first]?.accounts ?? 1,
  target = ACCOUNT,
): Instruction => ({
  programAddress: LIGHTHOUSE,
  accounts: Array.from({ length: accounts }, (_, at) => ({
    address: at === 0 ? target : POOL,
    role: AccountRole.READONLY,
  })),
  data: Uint8Array.of(first, 0, 1, 2, 3),
});
