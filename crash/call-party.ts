/** Draws up the caller, the members and the terms of a run's call. None of their keys is known to the workers. */
import { randomUUID } from "node:crypto";
import { parseTerms } from "../src/calls/parse-terms.ts";
import type { Terms } from "../src/calls/terms.ts";
import type { Way } from "../src/engine/calls/muster.ts";
import type { Address, Signature } from "../src/engine/ports.ts";
import { generateKeypair, type Keypair } from "../src/wallets/keypair.ts";

const SOL = 1_000_000_000n;
const PLEDGED = SOL / 10n;
/** The wallets that sign, which are the least; one more can only send. */
const SIGNERS = 3;

export type PartyMember = Keypair & { readonly way: Way; readonly lamports: bigint };

export type Party = {
  readonly caller: Keypair;
  readonly members: readonly PartyMember[];
  readonly terms: Terms;
  readonly termsHash: string;
  /** What members have sent by themselves. */
  readonly sent: Set<Signature>;
};

const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** @param genesis the cluster's hash */
export function drawParty(genesis: string, mint: Address): Party {
  const caller = generateKeypair();
  const ways: readonly Way[] = [...Array.from({ length: SIGNERS }, (): Way => "signs"), "sends"];
  const members = ways.map((way) => ({ ...generateKeypair(), way, lamports: PLEDGED }));
  const { terms, termsHash } = parseTerms({
    version: 1,
    callId: `call_${randomUUID()}`,
    cluster: genesis,
    mint,
    platform: "auto",
    maxPrice: "1",
    leastLamports: String(PLEDGED * BigInt(SIGNERS)),
    mostLamports: String(PLEDGED * BigInt(members.length)),
    leastWallets: SIGNERS,
    perWallet: { leastLamports: String(PLEDGED), mostLamports: String(PLEDGED) },
    // A worker whose clock jumps back two minutes still finds it open.
    opensAt: second(Date.now() - 300_000),
    closesAt: second(Date.now() + 600_000),
    // Two lives of a blockhash fit on each cluster.
    musterSeconds: 300,
    refuses: [],
    caller: {
      wallet: caller.address,
      wallets: [{ address: caller.address, tokens: "0" }],
      pastCalls: [],
    },
  });
  return { caller, members, terms, termsHash, sent: new Set() };
}
