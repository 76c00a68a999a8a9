/** Derives the effects of a simulated transaction on each account that it may write: its state before and after. */
import { getAddressEncoder } from "@solana/kit";
import { z } from "zod";
import { decodeMessage, type MessageAccount } from "../base/message.ts";
import type { AccountEffect, Address, Lamports, RawAccount, TransactionDraft } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { addressAnswer, u64 } from "./answers.ts";
import { tokenStateOf } from "./token-accounts.ts";

/** The schema of `preTokenBalances`, which identify accounts by their position in the transaction. */
export const tokenBalances = z.array(
  z.object({
    accountIndex: u64.transform(Number),
    mint: addressAnswer,
    owner: addressAnswer.nullish(),
    uiTokenAmount: z.object({
      amount: z
        .string()
        .regex(/^\d{1,20}$/)
        .transform(BigInt),
    }),
  }),
);

type Known = MessageAccount & { readonly address: Address };
type Before = AccountEffect["before"];

/** @throws `CTO_E_INTERNAL` if `tables` lacks a lookup table of the transaction */
export const accountsOf = (
  messageBytes: Uint8Array,
  tables: TransactionDraft["lookupTables"],
): readonly Known[] =>
  decodeMessage(messageBytes, tables).accounts.map(({ address, ...flags }) => {
    if (address !== null) return { address, ...flags };
    throw new CTOError("CTO_E_INTERNAL", {
      reason: "a lookup table of a simulated transaction is not known",
    });
  });

export const writableOf = (accounts: readonly Known[]): Address[] =>
  accounts.filter(({ writable }) => writable).map(({ address }) => address);

/**
 * Returns the accounts' states before the simulation, as the node reports them; null if it does not report all of
 * them.
 */
export function balancesIn(
  accounts: readonly Known[],
  lamports: readonly Lamports[] | null | undefined,
  tokens: z.infer<typeof tokenBalances> | null | undefined,
): ReadonlyMap<Address, Before> | null {
  if (lamports == null || tokens == null || lamports.length !== accounts.length) return null;
  // A missing owner could be one of our wallets.
  if (tokens.some(({ owner }) => owner == null)) return null;
  const byPlace = new Map(tokens.map((token) => [token.accountIndex, token]));
  return new Map(
    accounts.map(({ address }, at) => {
      const token = byPlace.get(at);
      const held =
        token?.owner == null
          ? null
          : { mint: token.mint, owner: token.owner, amount: token.uiTokenAmount.amount };
      return [address, { lamports: lamports[at] ?? (0n as Lamports), token: held }];
    }),
  );
}

const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
const NOTHING = { lamports: 0n as Lamports, token: null };

const isRead = (account: Before | RawAccount): account is RawAccount => "data" in account;

const beforeOf = (account: Before | RawAccount | null | undefined): Before => {
  if (account == null) return NOTHING;
  return isRead(account) ? { lamports: account.lamports, token: tokenStateOf(account) } : account;
};

const encoder = getAddressEncoder();

/** The signers whose addresses are somewhere in these data. */
const namedIn = (data: Uint8Array, signers: readonly Address[]): Address[] => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return signers.filter((signer) => bytes.includes(Buffer.from(encoder.encode(signer))));
};

const afterOf = (account: RawAccount | null, signers: readonly Address[]): AccountEffect["after"] => {
  if (account === null) return { ...NOTHING, program: SYSTEM_PROGRAM };
  const names = namedIn(account.data, signers);
  return {
    lamports: account.lamports,
    token: tokenStateOf(account),
    program: account.owner,
    ...(names.length === 0 ? {} : { names }),
    ...(account.data.length === 0 ? {} : { hasData: true }),
  };
};

export const effectsOf = (
  accounts: readonly Known[],
  before: ReadonlyMap<Address, Before | RawAccount | null>,
  after: ReadonlyMap<Address, RawAccount | null>,
): AccountEffect[] => {
  const signers = accounts.filter(({ signer }) => signer).map(({ address }) => address);
  return writableOf(accounts).map((address) => ({
    address,
    before: beforeOf(before.get(address)),
    after: afterOf(after.get(address) ?? null, signers),
  }));
};
