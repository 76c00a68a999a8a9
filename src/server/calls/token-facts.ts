/** Reads what a call's page shows of the token: its decimals, and the label that it gives itself. */
import type { Address } from "@solana/kit";
import { labelWords } from "../../base/token-label.ts";
import { decimalsOf } from "../../services/token-decimals.ts";
import type { ServerContext } from "../server-context.ts";
import type { TokenFacts } from "./shown-call.ts";

/** The page does not wait longer for them, ms: it is complete without. Both are cached. */
const PATIENCE_MS = 1_500;

const within = <Value>(value: Promise<Value>): Promise<Value | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    value.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });

export async function readTokenFacts(
  { context, detector }: Pick<ServerContext, "context" | "detector">,
  mint: string,
): Promise<TokenFacts> {
  const [decimals, detected] = await Promise.all([
    within(decimalsOf(context, mint as Address)),
    within(detector.detect(mint)),
  ]);
  const label = detected?.tokenLabel;
  return {
    ...(decimals === undefined ? {} : { decimals }),
    ...(label === undefined ? {} : { label: labelWords(label) }),
  };
}
