/** Instructions that take something: what an answer may be given beside its own. */
import { AccountRole, type Address, createNoopSigner, type Instruction } from "@solana/kit";
import { getAssignInstruction, getTransferSolInstruction } from "@solana-program/system";
import {
  AuthorityType,
  getApproveInstruction,
  getBurnInstruction,
  getCloseAccountInstruction,
  getSetAuthorityInstruction,
  getTransferCheckedInstruction,
  getTransferInstruction,
} from "@solana-program/token";
import type { Random } from "../sim/random.ts";
import { WRAPPED_SOL_MINT } from "../src/venues/token-layout.ts";
import { openTokenAccount, tokenAccountOf } from "../src/venues/wrapped-sol.ts";
import type { Honest } from "./honest.ts";
import type { HostileMarket } from "./market.ts";

type Attack = (market: HostileMarket, honest: Honest, random: Random) => Promise<Instruction>;

type Loot = {
  readonly owner: Address;
  readonly mint: Address;
  readonly program: Address;
  readonly account: Address;
};

/** An account of somebody who signs. */
const lootOf = async (
  { localnet, coins }: HostileMarket,
  { meant }: Honest,
  random: Random,
): Promise<Loot> => {
  const owner = random.pick([meant.payer, meant.buyer]);
  const mint = random.pick([coins.heirloom, coins.heirloom, meant.mint, WRAPPED_SOL_MINT]);
  const program = localnet.cluster.account(mint)?.owner as Address;
  return { owner, mint, program, account: await tokenAccountOf(owner, mint, program) };
};

const amountOf = (random: Random): bigint => BigInt(random.pick([1, 1_000, 1_000_000, 1_000_000_000]));

const payThief: Attack = async ({ wallets }, { meant }, random) =>
  getTransferSolInstruction({
    source: createNoopSigner(random.pick([meant.payer, meant.buyer])),
    destination: wallets.thief,
    amount: amountOf(random),
  });

const shuffleOwn: Attack = async ({ wallets }, { meant }, random) =>
  getTransferSolInstruction({
    source: createNoopSigner(random.pick([meant.payer, meant.buyer])),
    destination: random.pick([wallets.otherBuyer, meant.buyer, meant.payer]),
    amount: amountOf(random),
  });

const giveWalletAway: Attack = async ({ wallets }, { meant }, random) =>
  getAssignInstruction({
    account: createNoopSigner(random.pick([meant.payer, meant.buyer])),
    programAddress: wallets.thief,
  });

const moveTokens: Attack = async (market, honest, random) => {
  const { owner, mint, program, account: source } = await lootOf(market, honest, random);
  const destination = await tokenAccountOf(market.wallets.thief, mint, program);
  const parts = { source, destination, authority: createNoopSigner(owner), amount: amountOf(random) };
  return random.chance(0.5)
    ? getTransferInstruction(parts, { programAddress: program })
    : getTransferCheckedInstruction({ ...parts, mint, decimals: 6 }, { programAddress: program });
};

const approve: Attack = async (market, honest, random) => {
  const { owner, program, account: source } = await lootOf(market, honest, random);
  return getApproveInstruction(
    { source, delegate: market.wallets.thief, owner: createNoopSigner(owner), amount: amountOf(random) },
    { programAddress: program },
  );
};

const setAuthority: Attack = async (market, honest, random) => {
  const { owner, program, account: owned } = await lootOf(market, honest, random);
  return getSetAuthorityInstruction(
    {
      owned,
      owner: createNoopSigner(owner),
      authorityType: random.pick([AuthorityType.AccountOwner, AuthorityType.CloseAccount]),
      newAuthority: market.wallets.thief,
    },
    { programAddress: program },
  );
};

const close: Attack = async (market, honest, random) => {
  const { owner, program, account } = await lootOf(market, honest, random);
  const destination = random.pick([market.wallets.thief, honest.meant.payer]);
  return getCloseAccountInstruction(
    { account, destination, owner: createNoopSigner(owner) },
    { programAddress: program },
  );
};

const burn: Attack = async (market, honest, random) => {
  const { owner, mint, program, account } = await lootOf(market, honest, random);
  return getBurnInstruction(
    { account, mint, authority: createNoopSigner(owner), amount: amountOf(random) },
    { programAddress: program },
  );
};

const openForStranger: Attack = async ({ localnet, coins, wallets }, { meant }, random) => {
  const mint = random.pick([coins.curve, coins.pool, coins.pool2022]);
  const program = localnet.cluster.account(mint)?.owner as Address;
  const owner = wallets.bystander;
  const account = await tokenAccountOf(owner, mint, program);
  return openTokenAccount({ buyer: owner, payer: meant.payer }, account, mint, program);
};

const unknown: Attack = async ({ wallets }, { meant }, random) => ({
  programAddress: random.pick([
    wallets.thief,
    meant.mint,
    "Stake11111111111111111111111111111111111111" as Address,
  ]),
  accounts: [{ address: meant.payer, role: AccountRole.WRITABLE_SIGNER }],
  data: Uint8Array.of(random.between(0, 255)),
});

const ATTACKS: readonly [Attack, ...Attack[]] = [
  payThief,
  shuffleOwn,
  giveWalletAway,
  moveTokens,
  moveTokens,
  approve,
  setAuthority,
  close,
  burn,
  openForStranger,
  unknown,
];

export const attack: Attack = (market, honest, random) => random.pick(ATTACKS)(market, honest, random);
