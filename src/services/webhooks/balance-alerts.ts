/**
 * Sets the balances below which a user's webhooks receive `balance.low`: one threshold for the user's funding wallets
 * and one for the buyers. `low-balances.ts` compares the wallets with them.
 */
import type { Lamports } from "@solana/kit";
import { lamports } from "@solana/kit";
import { z } from "zod";
import type { Notes } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { audit } from "../../runtime/audit-log.ts";
import type { CTOContext } from "../../runtime/context.ts";

/** Null: these wallets are not watched. */
export type BalanceAlert = {
  readonly fundingLamports: Lamports | null;
  readonly buyerLamports: Lamports | null;
};

const ALERTS = "balance-alert/";
const NONE: BalanceAlert = { fundingLamports: null, buyerLamports: null };

const amount = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => lamports(BigInt(text)))
  .nullable();
const stored = z.object({ fundingLamports: amount, buyerLamports: amount });

const parse = (text: string): BalanceAlert => stored.parse(JSON.parse(text));

const textOf = (value: bigint | null): string | null => (value === null ? null : String(value));

/** The thresholds as decimal text, for the journal and for JSON. */
export const toTexts = ({ fundingLamports, buyerLamports }: BalanceAlert) => ({
  fundingLamports: textOf(fundingLamports),
  buyerLamports: textOf(buyerLamports),
});

async function requireUser({ journal }: Pick<CTOContext, "journal">, userId: string): Promise<void> {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
}

/** @throws `CTO_E_USER_UNKNOWN` */
export async function viewBalanceAlert(
  context: Pick<CTOContext, "journal">,
  userId: string,
): Promise<BalanceAlert> {
  await requireUser(context, userId);
  const found = await context.journal.readNote(`${ALERTS}${userId}`);
  return found === null ? NONE : parse(found.value);
}

/**
 * Replaces a user's thresholds.
 *
 * @throws `CTO_E_USER_UNKNOWN`
 * @example
 * await setBalanceAlert(context, "alice", { fundingLamports: lamports(500_000_000n), buyerLamports: null });
 */
export async function setBalanceAlert(
  context: Pick<CTOContext, "config" | "journal">,
  userId: string,
  alert: BalanceAlert,
): Promise<BalanceAlert> {
  const { journal } = context;
  await requireUser(context, userId);
  const texts = toTexts(alert);
  const details = Object.entries(texts).map(([name, text]) => [name, text ?? "none"]);
  await audit(context, "balance-alert.set", userId, Object.fromEntries(details));
  const isOff = alert.fundingLamports === null && alert.buyerLamports === null;
  for (;;) {
    const found = await journal.readNote(`${ALERTS}${userId}`);
    if (found === null && isOff) return alert;
    const value = isOff ? null : JSON.stringify(texts);
    if (await journal.writeNote(`${ALERTS}${userId}`, found?.version ?? 0, value)) return alert;
  }
}

/** Returns the users that have a threshold, each with the user's thresholds. */
export async function listBalanceAlerts(
  journal: Pick<Notes, "listNotes">,
): Promise<Map<string, BalanceAlert>> {
  const found = await journal.listNotes(ALERTS);
  return new Map(found.map(({ key, value }) => [key.slice(ALERTS.length), parse(value)]));
}
