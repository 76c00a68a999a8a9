/** Parses a caller's input into an exact request, or throws an error with a specific code. */
import { type Address, isAddress } from "@solana/kit";
import type { ZodError } from "zod";
import { problemsIn } from "../base/issue-words.ts";
import { formatSol } from "../base/sol.ts";
import type { Config } from "../config.ts";
import { MODES, type OperationRequest, PLATFORMS } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { parseSol, plainDecimal } from "./amount.ts";
import { ctoJobSchema, enqueueOptionsSchema, modeSchema, platformSchema, prioritySchema } from "./types.ts";

const WRAPPED_SOL = "So11111111111111111111111111111111111111112";

/** Describes the problem of each invalid field, as text. */
export const problemsOf = (error: ZodError, of: string): string[] => problemsIn(error.issues, of);

/** @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_TOKEN_IS_WRAPPED_SOL` */
export function parseToken(tokenAddress: string): Address {
  if (!isAddress(tokenAddress)) throw new CTOError("CTO_E_TOKEN_ADDRESS_INVALID", { tokenAddress });
  if (tokenAddress === WRAPPED_SOL) throw new CTOError("CTO_E_TOKEN_IS_WRAPPED_SOL");
  return tokenAddress;
}

/**
 * Parses all input of an operation. Uses only its arguments.
 *
 * @throws `CTO_E_OPERATION_INVALID`, `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_TOKEN_IS_WRAPPED_SOL`,
 * `CTO_E_AMOUNT_INVALID`, `CTO_E_AMOUNT_ABOVE_LIMIT`, `CTO_E_MODE_UNKNOWN`, `CTO_E_PLATFORM_UNKNOWN`
 */
export function parseRequest(
  config: Pick<Config, "CTO_MAX_BUY_SOL" | "CTO_SLIPPAGE_BPS" | "CTO_PARALLELISM">,
  jobData: unknown,
  priority: unknown,
  options: unknown,
): { request: OperationRequest; idempotencyKey?: string } {
  const job = ctoJobSchema.safeParse(jobData);
  const extras = enqueueOptionsSchema.safeParse(options);
  const order = prioritySchema.safeParse(priority);
  if (!job.success || !extras.success || !order.success) {
    const problems = [
      ...(job.success ? [] : problemsOf(job.error, "")),
      ...(extras.success ? [] : problemsOf(extras.error, "options")),
      ...(order.success ? [] : problemsOf(order.error, "priority")),
    ];
    throw new CTOError("CTO_E_OPERATION_INVALID", { problems });
  }
  const { userId, userChatId = 0, socketUserId } = job.data;
  const tokenAddress = parseToken(job.data.tokenAddress);
  const buyLamports = parseSol(job.data.buyAmount);
  if (buyLamports > parseSol(config.CTO_MAX_BUY_SOL)) {
    throw new CTOError("CTO_E_AMOUNT_ABOVE_LIMIT", {
      amount: formatSol(buyLamports),
      limit: config.CTO_MAX_BUY_SOL,
    });
  }
  const mode = modeSchema.safeParse(job.data.mode);
  if (!mode.success) throw new CTOError("CTO_E_MODE_UNKNOWN", { mode: job.data.mode, valid: MODES });
  const platform = platformSchema.safeParse(job.data.platform);
  if (!platform.success)
    throw new CTOError("CTO_E_PLATFORM_UNKNOWN", { platform: job.data.platform, valid: PLATFORMS });
  const { idempotencyKey, slippageBps, maxPriceImpactBps, weights, walletIds, skipUnfit, parallelism } =
    extras.data;
  const { maxPrice, maxPriceDeviationBps, maxTransferFeeBps } = extras.data;
  const { notBefore, expiresAt, tags, reference } = extras.data;
  if (notBefore !== undefined && expiresAt !== undefined && expiresAt <= notBefore) {
    throw new CTOError("CTO_E_OPERATION_INVALID", {
      problems: ["options.expiresAt: must be later than options.notBefore"],
    });
  }
  return {
    request: {
      userId,
      userChatId,
      tokenAddress,
      buyLamports,
      mode: mode.data,
      platform: platform.data,
      priority: order.data,
      slippageBps: slippageBps ?? config.CTO_SLIPPAGE_BPS,
      parallelism: parallelism ?? config.CTO_PARALLELISM,
      ...(socketUserId !== undefined ? { socketUserId } : {}),
      ...(maxPriceImpactBps !== undefined ? { maxPriceImpactBps } : {}),
      ...(maxPrice !== undefined ? { maxPrice: plainDecimal(maxPrice) } : {}),
      ...(maxPriceDeviationBps !== undefined ? { maxPriceDeviationBps } : {}),
      ...(maxTransferFeeBps !== undefined ? { maxTransferFeeBps } : {}),
      ...(weights !== undefined ? { weights } : {}),
      ...(walletIds !== undefined ? { walletIds } : {}),
      ...(skipUnfit === true ? { skipUnfit } : {}),
      ...(notBefore !== undefined ? { notBefore } : {}),
      ...(expiresAt !== undefined ? { expiresAt } : {}),
      ...(tags !== undefined ? { tags } : {}),
      ...(reference !== undefined ? { reference } : {}),
    },
    ...(idempotencyKey !== undefined ? { idempotencyKey } : {}),
  };
}
