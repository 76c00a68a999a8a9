/** Converts the overview, the audit log and a sweep's preview to the API's types. */
import type { AuditRecord, Operation } from "../engine/ports.ts";
import type { Overview } from "../services/overview.ts";
import type { SweepPreview } from "../services/sweep-wallets.ts";
import type { AuditPage, OverviewView, SweepPreviewView } from "./schemas/overview.ts";

export const toNamed = ({ id, request, createdAt }: Operation): OverviewView["review"][number] => ({
  id,
  userId: request.userId,
  createdAt: createdAt.toISOString(),
});

export const toOverview = ({
  since,
  isSample,
  operations,
  p50Ms,
  p95Ms,
  spenders,
}: Overview): Omit<OverviewView, "review" | "incidents" | "endpoints"> => ({
  since: since.toISOString(),
  isSample,
  operations: operations.map(({ operation, tally, tookMs }) => ({
    ...toNamed(operation),
    status: operation.status,
    legs: tally?.legs ?? 0,
    landed: tally?.landed ?? 0,
    landedLamports: String(tally?.landedLamports ?? 0n),
    tookMs,
  })),
  p50Ms,
  p95Ms,
  spenders: spenders.map(({ userId, dayLamports, maxLamports }) => ({
    userId,
    dayLamports: String(dayLamports),
    maxLamports: maxLamports === null ? null : String(maxLamports),
  })),
});

export const toAuditRecord = ({
  seq,
  at,
  action,
  actor,
  subject,
  details,
  hash,
}: AuditRecord): AuditPage["records"][number] => ({
  seq,
  at: at.toISOString(),
  action,
  actor,
  subject,
  details: { ...details },
  hash,
});

export const toSweepPreview = ({
  funding,
  wallets,
  totalLamports,
  feeLamports,
}: SweepPreview): SweepPreviewView => ({
  funding: funding.address,
  totalLamports: String(totalLamports),
  feeLamports: String(feeLamports),
  wallets: wallets.map(({ wallet, lamports, accounts }) => ({
    walletId: wallet.id,
    address: wallet.address,
    label: wallet.label ?? null,
    lamports: String(lamports),
    accounts: accounts.length,
  })),
});
