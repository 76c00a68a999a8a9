/** Checks settings that work, but are weaker or more expensive than they should be. */

import { formatSol } from "../../base/sol.ts";
import { type Config, isGuessable, REPLACE_SECRET, TAKE_SECRET } from "../../config.ts";
import { collectorOf, tracingProblems } from "../../runtime/tracing/start-tracing.ts";
import type { Check } from "./check.ts";

/** 32 random bytes have 43 characters in base64url. A text shorter than this limit is probably a password. */
const STRONG_LENGTH = 32;
const MIN_DIFFERENT = 12;
/** 0.01 SOL for one transaction, in lamports. No congestion so far has required more. */
const DEAR_PRIORITY_FEE = 10_000_000;

/**
 * The result contains neither the secret nor its length.
 *
 * @param production a secret beside the database that it protects is weak
 */
export function checkSecret({ ENCRYPTION_SECRET, CTO_HOME }: Config, production = false): Check {
  const name = "encryption";
  if (ENCRYPTION_SECRET === undefined) {
    const detail = `a secret of its own in ${CTO_HOME}/secret, for the localnet only`;
    return production
      ? { name, state: "weak", detail: `${detail}: ${TAKE_SECRET}` }
      : { name, state: "ok", detail };
  }
  if (isGuessable(ENCRYPTION_SECRET))
    return {
      name,
      state: "weak",
      detail: `ENCRYPTION_SECRET is easy to guess, and is refused with a SOLANA_RPC_URL beyond this machine: ${REPLACE_SECRET}`,
    };
  const strong =
    ENCRYPTION_SECRET.length >= STRONG_LENGTH && new Set(ENCRYPTION_SECRET).size >= MIN_DIFFERENT;
  return strong
    ? { name, state: "ok", detail: "ENCRYPTION_SECRET is long and varied" }
    : {
        name,
        state: "weak",
        detail: `ENCRYPTION_SECRET is short, or has few different characters: ${REPLACE_SECRET}`,
      };
}

export function checkPriorityFee({ CTO_MAX_PRIORITY_FEE_LAMPORTS: cap }: Config): Check {
  const detail = `at most ${formatSol(BigInt(cap))} SOL per transaction (CTO_MAX_PRIORITY_FEE_LAMPORTS)`;
  if (cap === 0)
    return { name: "priority fee", state: "weak", detail: `${detail}: nothing may land in congestion` };
  return { name: "priority fee", state: cap > DEAR_PRIORITY_FEE ? "weak" : "ok", detail };
}

export function checkJupiterPlan({ SOLANA_RPC_URL, JUPITER_API_KEY }: Config): Check[] {
  if (SOLANA_RPC_URL === undefined || JUPITER_API_KEY !== undefined) return [];
  return [
    {
      name: "jupiter plan",
      state: "weak",
      detail: "JUPITER_API_KEY is unset: one request every two seconds",
    },
  ];
}

/**
 * Reports whether traces are sent, and to which host. It does not check the collector, because nothing depends on it.
 */
export function checkTracing(env: Readonly<Record<string, string | undefined>> = process.env): Check {
  const name = "tracing";
  const problems = tracingProblems(env);
  if (problems.length > 0) return { name, state: "weak", detail: problems.join("; ") };
  const collector = collectorOf(env);
  if (collector === null) return { name, state: "ok", detail: "off (OTEL_EXPORTER_OTLP_ENDPOINT)" };
  return { name, state: "ok", detail: `OpenTelemetry, to ${collector.host}` };
}
