/**
 * Checks the journal's state that affects money and keys: its cluster, the halt, the limits and the sealing of the
 * wallets' keys.
 */

import { limitsFor } from "../../engine/limits/limits.ts";
import { CTOError, isCTOError, toFailure } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { keysStatus } from "../../services/keys.ts";
import { areLimitsRequired } from "../../services/limits.ts";
import { findOtherCluster } from "../../services/own-cluster.ts";
import { whySigningWaits } from "../../services/signing-waits.ts";
import { optionOf } from "../commands/limits.ts";
import type { Check } from "./check.ts";

/** Whether a restore must be declared before anything is signed. */
const isUndeclared = (reason: string): boolean =>
  reason.startsWith("CTO_E_JOURNAL_BEHIND") || reason.startsWith("CTO_E_JOURNAL_COPIED");

/** Says which options of `cto limits set` are missing for everyone, and what to do. */
const whyUnset = (error: unknown): string =>
  isCTOError(error, "CTO_E_LIMITS_UNSET")
    ? `${error.context.missing.map(optionOf).join(", ")} not set for everyone. ${error.remedy}`
    : toFailure(error).message;

async function checkSigning(context: CTOContext, production: boolean): Promise<Check> {
  const { config, journal } = context;
  const name = "signing";
  const halt = await journal.readHalt();
  if (halt !== null) {
    // Without the declaration, the next worker halts again.
    const next = isUndeclared(halt.reason)
      ? "`cto restore` first, then `cto resume` (docs/runbook.md)"
      : "`cto resume` lets it go on";
    return { name, state: "weak", detail: `halted by ${halt.by}: ${halt.reason}; ${next}` };
  }
  const waits = await whySigningWaits(context);
  if (waits !== null) {
    const next = isUndeclared(waits) ? "; `cto restore` first (docs/runbook.md)" : "";
    return { name, state: "weak", detail: `workers sign nothing: ${waits}${next}` };
  }
  const { everyone } = await journal.readLimits("");
  const required = await areLimitsRequired(config).catch(() => true);
  try {
    limitsFor({ everyone, own: null }, required || production);
  } catch (error) {
    const but = required ? "only for users with limits of their own" : "real money needs limits";
    return { name, state: "weak", detail: `on, but ${but}: ${whyUnset(error)}` };
  }
  return { name, state: "ok", detail: everyone === null ? "on; no limits are set" : "on, within limits" };
}

async function checkKeys(context: CTOContext): Promise<Check> {
  const name = "wallet keys";
  const { wallets, secrets, unsealed, elsewhere, unopenable } = await keysStatus(context);
  const [current, ...previous] = secrets;
  const behind = previous.reduce((sum, use) => sum + use.wallets, 0);
  const outside = elsewhere === 0 ? "" : `, ${elsewhere} with a signer outside`;
  const detail = `${wallets} wallets, ${current?.wallets ?? 0} under the current secret${outside}`;
  if (unopenable.length > 0)
    return {
      name,
      state: "broken",
      detail: `${detail}; ${unopenable.length} under a secret that is not configured: \`cto keys status\` names them`,
    };
  if (unsealed.length > 0)
    return {
      name,
      state: "weak",
      detail: `${detail}; ${unsealed.length} not sealed: \`cto keys rotate\` seals them`,
    };
  if (behind > 0)
    return { name, state: "weak", detail: `${detail}, ${behind} under a previous one: \`cto keys rotate\`` };
  return { name, state: "ok", detail };
}

/** Whether the endpoints answer is another check's subject. */
async function checkOwnCluster(context: CTOContext): Promise<Check[]> {
  const other = await findOtherCluster(context).catch(() => null);
  if (other === null) return [];
  const { code, message } = new CTOError("CTO_E_JOURNAL_OTHER_CLUSTER", other);
  return [{ name: "journal", state: "broken", detail: `${code}: ${message}` }];
}

/** @param production limits must be set, also on the localnet */
export const checkJournaled = async (context: CTOContext, production = false): Promise<Check[]> => [
  ...(await checkOwnCluster(context)),
  await checkSigning(context, production),
  await checkKeys(context),
];
