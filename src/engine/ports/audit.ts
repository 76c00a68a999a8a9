/** The audit log: who did what to keys, users, limits and money, in a chain of hashes that shows any later change. */

export const AUDIT_ACTIONS = [
  "user.added",
  "wallet.generated",
  "wallet.imported",
  "wallet.attached",
  "wallet.exported",
  "wallet.disabled",
  "wallet.enabled",
  "key.sealed",
  "users.imported",
  "keys.rotated",
  "limits.set",
  "halted",
  "resumed",
  "restore.declared",
  "review.decided",
  "recovery.started",
  "pruned",
  "api-key.created",
  "api-key.rolled",
  "backup.seen",
  "api-key.revoked",
  "webhook.added",
  "webhook.removed",
  "webhook.secret-rotated",
  "chat.code-created",
  "chat.linked",
  "chat.unlinked",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export type AuditEntry = {
  readonly action: AuditAction;
  /** Who did it, as far as is known. */
  readonly actor: string;
  /** What it was done to: a user's, a wallet's or an operation's id. */
  readonly subject: string;
  /** Never a key, a secret or a password. */
  readonly details: Readonly<Record<string, string>>;
};

export type AuditRecord = AuditEntry & {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: Date;
  /** The hash of the record before it. */
  readonly previous: string;
  /** SHA-256 over all of the above, hex. */
  readonly hash: string;
};

/** Append-only. */
export interface AuditLog {
  appendAudit(entry: AuditEntry): Promise<AuditRecord>;
  /** Records with `seq > after`, in order. */
  readAudit(after: number, limit: number): Promise<AuditRecord[]>;
  /** Records with `seq < before`, the newest first; null: from the end. */
  readAuditBack(before: number | null, limit: number): Promise<AuditRecord[]>;
}
