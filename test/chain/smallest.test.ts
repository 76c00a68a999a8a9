/**
 * Tests the choice of lookup tables for a transaction: those that make it smallest, and none that costs more bytes than
 * it saves.
 */
import {
  AccountRole,
  type Address,
  type Blockhash,
  getCompiledTransactionMessageDecoder,
  type Lamports,
} from "@solana/kit";
import { describe, expect, it } from "vitest";
import { compose } from "../../src/chain/transaction.ts";
import type { TransactionDraft } from "../../src/engine/ports.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";

const addresses = (count: number): Address[] =>
  Array.from({ length: count }, () => generateKeypair().address);
const [payer, program, ...accounts] = addresses(12) as [Address, Address, ...Address[]];

const draft = (lookupTables: TransactionDraft["lookupTables"]): TransactionDraft => ({
  feePayer: payer,
  transfers: [{ from: payer, to: accounts[0] as Address, lamports: 1n as Lamports }],
  setup: [],
  swap: [
    {
      programAddress: program,
      accounts: accounts.map((account) => ({ address: account, role: AccountRole.READONLY })),
      data: Uint8Array.of(1),
    },
  ],
  memo: { text: "cto:1:op:buy:1/1", signer: payer },
  cleanup: [],
  computeUnitLimit: 50_000,
  computeUnitPrice: 1n,
  lifetime: { blockhash: program as string as Blockhash, lastValidBlockHeight: 1n },
  lookupTables,
});

const named = (lookupTables: TransactionDraft["lookupTables"]): string[] => {
  const message = getCompiledTransactionMessageDecoder().decode(compose(draft(lookupTables)).messageBytes);
  return "addressTableLookups" in message
    ? (message.addressTableLookups ?? []).map(({ lookupTableAddress }) => lookupTableAddress).sort()
    : [];
};

describe("of the lookup tables that there are", () => {
  const [one, other] = addresses(2) as [Address, Address];

  it("none is named that holds a single account of the transaction, or none of them", () => {
    expect(named({ [one]: accounts.slice(0, 1) })).toEqual([]);
    expect(named({ [one]: addresses(20) })).toEqual([]);
  });

  it("the one that saves more is named alone where the other adds nothing", () => {
    expect(named({ [one]: accounts.slice(0, 3), [other]: accounts.slice(0, 8) })).toEqual([other]);
    expect(named({ [one]: accounts.slice(0, 8), [other]: accounts.slice(0, 3) })).toEqual([one]);
  });

  it("both are named where each saves more than it costs", () => {
    expect(named({ [one]: accounts.slice(0, 5), [other]: accounts.slice(5) })).toEqual([one, other].sort());
  });

  it("signers and programs are never taken from one", () => {
    const plain = compose(draft({}));
    expect(compose(draft({ [one]: [payer, program] }))).toEqual(plain);
  });
});
