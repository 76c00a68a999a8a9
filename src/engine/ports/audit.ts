/**
 * Defines the audit log: who did what to keys, users, limits and money. Its records form a hash chain, which reveals
 * any later change.
 */

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
  "webhook.changed",
  "webhook.removed",
  "webhook.secret-rotated",
  "webhook.tested",
  "webhook.redelivered",
  "balance-alert.set",
  "chat.code-created",
  "chat.linked",
  "chat.unlinked",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export type AuditEntry = {
  readonly action: AuditAction;
  /** Who did it, if known. */
  readonly actor: string;
  /** The object of the action: the id of a user, a wallet or an operation. */
  readonly subject: string;
  /** Must not contain a key, a secret or a password. */
  readonly details: Readonly<Record<string, string>>;
};

export type AuditRecord = AuditEntry & {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: Date;
  /** The hash of the previous record. */
  readonly previous: string;
  /** SHA-256 over all fields above, hex. */
  readonly hash: string;
};

/** Append-only. */
export interface AuditLog {
  appendAudit(entry: AuditEntry): Promise<AuditRecord>;
  /** Returns records with `seq > after`, in order. */
  readAudit(after: number, limit: number): Promise<AuditRecord[]>;
  /** Returns records with `seq < before`, newest first; null starts at the end. */
  readAuditBack(before: number | null, limit: number): Promise<AuditRecord[]>;
}
