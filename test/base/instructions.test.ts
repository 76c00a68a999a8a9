/** Tests our instructions of Solana's own programs against those that the programs' clients build. */
import { createNoopSigner, type Instruction } from "@solana/kit";
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from "@solana-program/compute-budget";
import { getAddMemoInstruction, LEGACY_MEMO_PROGRAM_ADDRESS_V3 } from "@solana-program/memo";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  getCloseAccountInstruction,
  getCreateAssociatedTokenIdempotentInstruction,
  getSyncNativeInstruction,
} from "@solana-program/token";
import { expect, test } from "vitest";
import {
  closeAccount,
  memoOf,
  openAssociated,
  setComputeUnitLimit,
  setComputeUnitPrice,
  syncNative,
  transferSol,
} from "../../src/base/instructions.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";

const key = fc.constantFrom(...Array.from({ length: 6 }, () => generateKeypair().address));
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Kit's instructions also hold their signers' objects. Nothing of these is in a message. */
const plain = ({ programAddress, accounts, data }: Instruction) => ({
  programAddress,
  accounts: accounts?.map(({ address, role }) => ({ address, role })),
  data: data && [...data],
});

test("are the clients' own, to the last account and byte", () => {
  const given = fc.record({
    a: key,
    b: key,
    c: key,
    d: key,
    e: key,
    amount: u64,
    units: fc.nat(2 ** 31 - 1),
  });
  fc.assert(
    fc.property(given, fc.string(), ({ a, b, c, d, e, amount, units }, text) => {
      const [signer, other] = [createNoopSigner(a), createNoopSigner(b)];
      const pairs: [Instruction, Instruction][] = [
        [transferSol(a, b, amount), getTransferSolInstruction({ source: signer, destination: b, amount })],
        [setComputeUnitLimit(units), getSetComputeUnitLimitInstruction({ units })],
        [setComputeUnitPrice(amount), getSetComputeUnitPriceInstruction({ microLamports: amount })],
        [syncNative(a), getSyncNativeInstruction({ account: a })],
        [closeAccount(c, b), getCloseAccountInstruction({ account: c, destination: b, owner: other })],
        [
          closeAccount(c, b, d),
          getCloseAccountInstruction({ account: c, destination: b, owner: other }, { programAddress: d }),
        ],
        [
          openAssociated({ payer: a, account: b, owner: c, mint: d, tokenProgram: e }),
          getCreateAssociatedTokenIdempotentInstruction({
            payer: signer,
            ata: b,
            owner: c,
            mint: d,
            tokenProgram: e,
          }),
        ],
        [
          memoOf(text, a),
          getAddMemoInstruction(
            { memo: text, signers: [signer] },
            { programAddress: LEGACY_MEMO_PROGRAM_ADDRESS_V3 },
          ),
        ],
      ];
      for (const [ours, theirs] of pairs) expect(plain(ours)).toEqual(plain(theirs));
    }),
  );
});

test.each([-1n, 2n ** 64n])("an amount of %s is refused, as the clients refuse it", (amount) => {
  const [a, b] = [generateKeypair().address, generateKeypair().address];
  expect(() => transferSol(a, b, amount)).toThrow(RangeError);
  expect(() => getTransferSolInstruction({ source: createNoopSigner(a), destination: b, amount })).toThrow();
  expect(() => setComputeUnitPrice(amount)).toThrow(RangeError);
  expect(() => setComputeUnitLimit(2 ** 32)).toThrow(RangeError);
  expect(() => setComputeUnitLimit(1.5)).toThrow(RangeError);
});
