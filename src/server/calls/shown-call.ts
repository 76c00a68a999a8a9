/**
 * Defines a call as its page shows it: the answer of `/c/<callId>.json`. The server and the browser render it with the
 * same functions, so this folder's renderers use types of their own and do no I/O.
 */

export type ShownSum = { readonly wallets: number; readonly lamports: string };

export type ShownWay = "signs" | "sends";

export type ShownPhase =
  | "handed_out"
  | "signed"
  | "sent"
  | "confirmed"
  | "finalized"
  | "dead"
  | "needs_review";

export type ShownMember = {
  readonly leg: number;
  readonly wallet: string;
  readonly lamports: string;
  readonly way: ShownWay;
  readonly caller: boolean;
  readonly withdrawn: boolean;
  readonly phase: ShownPhase | null;
  readonly memo: string;
  readonly signature?: string;
  readonly sentByMember?: true;
  readonly slot?: string;
  readonly tokens?: string;
  readonly spent?: string;
  /** An address, or `unknown`. Absent before the look. */
  readonly funder?: string;
};

/** A transaction in which the token left the caller's wallets. */
export type ShownSale = {
  readonly wallet: string;
  readonly signature: string;
  readonly slot: string;
  readonly tokens: string;
};

export type ShownPledge = {
  readonly wallet: string;
  readonly lamports: string;
  readonly way: ShownWay;
  readonly at: string;
  readonly expiresAt: string;
  readonly covered: boolean | null;
};

export type ShownMuster = {
  readonly endsAt: string;
  readonly round: number;
  readonly released: boolean;
  readonly enough: boolean;
  readonly signed: ShownSum;
  readonly heights: {
    readonly signUntil: string;
    readonly sendUntil: string;
    readonly dead: string;
  } | null;
  readonly members: readonly ShownMember[];
};

export type ShownTerms = {
  readonly callId: string;
  readonly cluster: string;
  readonly mint: string;
  readonly platform: string;
  readonly maxPrice: string;
  readonly leastLamports: string;
  readonly mostLamports: string;
  readonly leastWallets: number;
  readonly perWallet: { readonly leastLamports: string; readonly mostLamports: string };
  readonly opensAt: string;
  readonly closesAt: string;
  readonly musterSeconds: number;
  /** Absent: the muster begins as soon as the least is reached. */
  readonly startedBy?: "caller" | undefined;
  readonly refuses: readonly string[];
  readonly caller: {
    readonly wallet: string;
    readonly wallets: readonly { readonly address: string; readonly tokens: string }[];
    readonly pastCalls: readonly string[];
  };
};

export type ShownCall = {
  readonly callId: string;
  readonly status: "announced" | "open" | "mustering" | "landed" | "lapsed";
  readonly terms: ShownTerms;
  readonly termsHash: string;
  readonly memo: string;
  readonly announcement: { readonly signature: string; readonly slot: string } | null;
  readonly powers: readonly string[];
  readonly pledges: readonly ShownPledge[];
  /** `fits`: what a muster would take now of the covered pledges of wallets that sign. */
  readonly pledged: ShownSum & { readonly covered: ShownSum; readonly fits: ShownSum };
  readonly muster: ShownMuster | null;
  readonly funders: { readonly distinct: number; readonly unknown: number } | null;
  readonly sales: readonly ShownSale[];
  /** More were found than are listed; in none of them more tokens left. */
  readonly salesLeftOff?: true | undefined;
  /** The caller's wallets whose history since the announcement was not read to its end. */
  readonly salesUnread: readonly string[];
  readonly totals: { readonly landed: number; readonly lamports: string; readonly tokens: string };
  readonly waits: string | null;
  readonly ended: { readonly at: string; readonly why: string } | null;
};

/** What the page knows of the token beside the call itself. */
export type TokenFacts = {
  /** Absent: unknown. */
  readonly decimals?: number;
  /** The token's own label, cleaned. Absent: it has none, or it is unknown. */
  readonly label?: string;
};
