/** Builds valid terms of a call, for tests that change one thing about them. */
import type { Address } from "@solana/kit";
import { generateKeypair } from "../../src/wallets/keypair.ts";

export const CALLER = generateKeypair().address;
const MINT = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
const MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d" as Address;

/** Fresh each time. 10 to 20 SOL in all, of at least 4 wallets, 1 to 5 SOL each. */
export const validTerms = () => ({
  version: 1,
  callId: "call_1",
  cluster: MAINNET,
  mint: MINT,
  platform: "auto",
  maxPrice: "0.00000005",
  leastLamports: "10000000000",
  mostLamports: "20000000000",
  leastWallets: 4,
  perWallet: { leastLamports: "1000000000", mostLamports: "5000000000" },
  opensAt: "2026-12-01T12:00:00Z",
  closesAt: "2026-12-01T14:00:00Z",
  musterSeconds: 600,
  refuses: ["freeze", "hook"],
  caller: {
    wallet: CALLER as string,
    wallets: [{ address: CALLER as string, tokens: "0" }],
    pastCalls: ["call_0"],
  },
});
