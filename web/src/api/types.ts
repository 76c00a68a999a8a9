/**
 * Defines the HTTP API's answers as the dashboard reads them. Lamports, token base units, slots and heights are decimal
 * strings.
 */

export type Problem = {
  status: number;
  title: string;
  detail: string;
  code: string;
  remedy: string;
  problems?: string[];
};

export type Scope = "read" | "operate" | "wallets" | "admin";

export type KeyInfo = {
  id: string;
  name: string;
  scopes: Scope[];
  userId: string | null;
  createdAt: string;
  createdBy: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
  /** From then on the key is refused. Null: never. */
  expiresAt: string | null;
};

export type Halt = { by: string; reason: string; at: string };

export type Me = { key: KeyInfo; cluster: string; halted: Halt | null; version: string };

export type OperationStatus = "waiting" | "active" | "completed" | "failed" | "cancelled" | "needs_review";

export type Mode = "standard" | "prefunded";

export type Failure = { code: string; message: string; remedy: string | null };

/** The token's own label, cleaned by the server. At most one of the two texts is empty. */
export type TokenLabel = { symbol: string; name: string; unverified: true };

/** The result of the price check: see the API's PriceCheck. */
export type PriceCheck = {
  reference: "ownMarket" | "aggregator" | "maxPrice" | "singleSource";
  /** Negative: cheaper than the reference. */
  deviationBps?: number | undefined;
  transferFeeBps: number;
  shownAs?: "scaled" | "interest" | undefined;
};

export type Operation = {
  id: string;
  status: OperationStatus;
  /** 0 to 100. */
  progress: number;
  userId: string;
  userChatId: number;
  tokenAddress: string;
  tokenLabel: TokenLabel | null;
  mode: Mode;
  platform: string;
  detected: string | null;
  venue: string | null;
  buyLamports: string;
  socketUserId: string | null;
  priority: number;
  slippageBps: number;
  maxPriceImpactBps: number | null;
  maxPrice: string | null;
  maxPriceDeviationBps: number | null;
  maxTransferFeeBps: number | null;
  price: PriceCheck | null;
  weights: number[] | null;
  walletIds: string[] | null;
  skipUnfit: boolean;
  parallelism: number;
  notBefore: string | null;
  expiresAt: string | null;
  tags: string[];
  reference: string | null;
  retryOf: string | null;
  idempotencyKey: string | null;
  cancelRequested: boolean;
  partial: boolean;
  settled: boolean;
  failure: Failure | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  receiptUrl: string;
};

/** An operation in a list. */
export type ListedOperation = Operation & { legs: number; landed: number };

export type StepStatus =
  | "ready"
  | "in_flight"
  | "confirmed"
  | "finalized"
  | "failed"
  | "cancelled"
  | "needs_review";

export type Leg = {
  leg: number;
  walletId: string;
  address: string;
  lamports: string;
  status: StepStatus;
  attempts: number;
  venue: string | null;
  leastTokens: string | null;
  previousLeastTokens: string | null;
  tokensReceived: string | null;
  signature: string | null;
  slot: string | null;
  failure: Failure | null;
};

export type Totals = {
  legs: number;
  landed: number;
  spentLamports: string;
  tokensReceived: string | null;
  needsReview: boolean;
  costs: { networkLamports: string; priorityLamports: string; rentLamports: string };
};

export type RecoveryState = "requested" | "needs_review" | "done";

/** The result of a recovery so far. A worker may still be executing it. */
export type Recovery = {
  state: RecoveryState;
  returnedLamports: string;
  legs: { leg: number; leftLamports: string; why: string | null }[];
  failure: Failure | null;
};

/** What a recovery would return now, for the legs without one. */
export type RecoveryPreview = {
  returnLamports: string;
  feeLamports: string;
  legs: { leg: number; owedLamports: string; returnLamports: string; why: string | null }[];
};

/** A leg that landed and received less than its transaction was signed for. */
export type Incident = {
  leg: number;
  address: string;
  signature: string;
  slot: string;
  received: string;
  least: string;
  failure: Failure;
};

export type OperationDetail = Operation & {
  halted: { reason: string } | null;
  legs: Leg[];
  retriedBy: string | null;
  /** It came from a backup. */
  restored: boolean;
  leftOut: LeftOut[];
  incidents: Incident[];
  totals: Totals;
  /** The return of unspent funds; null if nobody has requested it. */
  recovery: { state: RecoveryState; returnedLamports: string; leftLamports: string } | null;
};

export type Attempt = {
  number: number;
  status: "live" | "landed" | "dead";
  signature: string;
  venue: string | null;
  quotedTokensOut: string | null;
  minTokensOut: string | null;
  slot: string | null;
  reason: string | null;
  blockhash: string;
  lastValidBlockHeight: string;
  createdAt: string;
};

export type Step = {
  id: string;
  kind: "buy" | "fund" | "recover";
  leg: number;
  status: StepStatus;
  failure: Failure | null;
  attempts: Attempt[];
};

/** One numbered event. Its type decides which optional fields it has. */
export type OperationEvent = {
  jobId: string;
  seq: number;
  at: string;
  type: "phase" | "leg" | "fund" | "result" | "review" | "recover" | "incident";
  progress: number;
  phase?: string;
  label?: string;
  leg?: number;
  status?: string;
  batch?: number;
  resolution?: string;
  reviewer?: string;
  reason?: string;
  /** The number of earlier events that compaction removed directly before this one. */
  compacted?: number;
};

export type Wallet = {
  id: string;
  userId: string;
  role: "funding" | "buyer";
  address: string;
  position: number;
  label: string | null;
  disabled: boolean;
  createdAt: string;
  balance: { lamports: string; tokens: string | null } | null;
};

/** A token of a user's operations. `decimals` is null while no cluster answers. */
export type BoughtToken = {
  mint: string;
  decimals: number | null;
  tokenLabel: TokenLabel | null;
  lastOperationAt: string;
};

export type User = { id: string; name: string | null; createdAt: string };

/** A wallet that takes no part, because its accounts cannot take a buy. */
export type LeftOut = { place: number; walletId: string; address: string; reason: string };

export type Estimate = {
  tokenLabel?: TokenLabel | undefined;
  platform: string;
  detected: string;
  legs: {
    leg: number;
    walletId: string;
    address: string;
    lamports: string;
    tokensOut: string;
    minTokensOut: string;
    aboveMaxPrice?: true | undefined;
  }[];
  leftOut: LeftOut[];
  totalLamports: string;
  totalTokens: string;
  decimals: number;
  lamportsPerByte: string;
  averagePrice: string;
  priceImpactBps: number;
  price: PriceCheck;
  fees: { venue: string | null; network: string; priority: string; rent: string };
  transactions: { count: number; bytes: number[] };
  building: {
    requestsPerSecond: number;
    leastSeconds: number;
    mostSeconds: number;
    blockhashSeconds: number;
  } | null;
  fundingMode: "atomic" | "two-step";
  funds: { leaves: string; stays: string };
  shortOfFunds: { address: string; has: string; needs: string }[];
};

type Named = { id: string; userId: string; createdAt: string };

/** One operation of the last day, with the data for the charts. */
export type DayOperation = Named & {
  status: OperationStatus;
  legs: number;
  landed: number;
  landedLamports: string;
  tookMs: number | null;
};

export type Overview = {
  since: string;
  isSample: boolean;
  operations: DayOperation[];
  p50Ms: number | null;
  p95Ms: number | null;
  spenders: { userId: string; dayLamports: string; maxLamports: string | null }[];
  review: Named[];
  incidents: Named[];
  endpoints: { host: string; calls: number; failures: number; rateLimited: number }[] | null;
};

export type AuditRecord = {
  seq: number;
  at: string;
  action: string;
  actor: string;
  subject: string;
  details: Record<string, string>;
  hash: string;
};
export type AuditPage = { records: AuditRecord[]; nextBefore: number | null };

export type SweepPreview = {
  funding: string;
  totalLamports: string;
  feeLamports: string;
  wallets: { walletId: string; address: string; label: string | null; lamports: string; accounts: number }[];
};

export type UserPage = { users: User[]; nextCursor: string | null };

export type QueueHealth = { backend: string; counts: Record<string, number>; workers: number | null };

export type Readiness = { status: string; checks: Record<string, { ok: boolean; error: string | null }> };
