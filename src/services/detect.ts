/** Detects where a token trades: the service behind `detectTokenPlatformWithCache` and `cto detect`. */
import { z } from "zod";
import type { TokenLabel } from "../base/token-label.ts";
import { parseToken } from "../contract/parse.ts";
import { DETECTED, type DetectedPlatform, type Detection, VENUES } from "../engine/ports.ts";
import type { ChainPorts } from "../runtime/chain-ports.ts";
import type { CTOContext } from "../runtime/context.ts";

/**
 * How long a detection is valid, ms. A token that has left its launchpad does not move again; a bonding curve may end
 * at any moment.
 */
const GRADUATED_MS = 24 * 3_600_000;
const CURVE_MS = 10_000;
const GRADUATED: ReadonlySet<DetectedPlatform> = new Set<DetectedPlatform>(["pumpswap", "cpmm"]);

/**
 * The most entries in the process's own cache, which drops its oldest entry first. All processes share the journal's
 * cache.
 */
const KEPT = 1_000;

const stored = z.object({
  platform: z.enum(DETECTED),
  trading: z.array(z.enum(VENUES)),
  notes: z.array(z.string()),
  // It was cleaned before it was cached.
  tokenLabel: z.object({ symbol: z.string(), name: z.string(), unverified: z.literal(true) }).exactOptional(),
});

/** The token's own label comes with the same accounts; absent: it has none. */
type Named = Detection & { readonly tokenLabel?: TokenLabel };

export type TokenDetection = Named & {
  readonly tokenAddress: string;
  /** `chain`: read now. `process`: cached by this process. `shared`: cached in the journal, for all processes. */
  readonly source: "chain" | "process" | "shared";
  /** The number of JSON-RPC requests that the detection took. */
  readonly rpcCalls: number;
};

export type Detector = {
  /**
   * @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID` and other refusals of a mint
   */
  detect(tokenAddress: string, options?: { fresh?: boolean }): Promise<TokenDetection>;
};

const parseStored = (text: string | null): Named | null => {
  if (text === null) return null;
  try {
    const parsed = stored.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

const ttlOf = ({ platform }: Detection): number | null => {
  // We do not cache a token that is migrating, or an unknown platform. Both may change soon.
  if (platform === "unknown" || platform === "migrating") return null;
  return GRADUATED.has(platform) ? GRADUATED_MS : CURVE_MS;
};

/**
 * Creates a detector with two caches: one in this process, and one in the journal.
 *
 * @param ports called only if the chain must be read
 * @param now ms since 1970
 * @example
 * const { platform } = await createDetector(context, () => openChainPorts(context)).detect(mint);
 */
export function createDetector(
  { journal }: Pick<CTOContext, "journal">,
  ports: () => Promise<ChainPorts>,
  now: () => number = Date.now,
): Detector {
  const own = new Map<string, { detection: Named; until: number }>();

  const remember = (mint: string, detection: Named, ttlMs: number): void => {
    own.delete(mint);
    own.set(mint, { detection, until: now() + ttlMs });
    const [oldest] = own.keys();
    if (own.size > KEPT && oldest !== undefined) own.delete(oldest);
  };

  return {
    async detect(tokenAddress, { fresh = false } = {}) {
      const mint = parseToken(tokenAddress);
      const key = `detection/${mint}`;
      if (!fresh) {
        const kept = own.get(mint);
        if (kept !== undefined && kept.until > now())
          return { ...kept.detection, tokenAddress, source: "process", rpcCalls: 0 };
        const shared = parseStored(await journal.readCached(key));
        if (shared !== null) return { ...shared, tokenAddress, source: "shared", rpcCalls: 0 };
      }
      const { chain, venues } = await ports();
      const requests = (): number =>
        Object.values(chain.stats().calls).reduce((sum, calls) => sum + calls, 0);
      const before = requests();
      const survey = await venues.survey(mint, []);
      const detection: Named = {
        ...(await venues.detect(survey)),
        ...(survey.label === undefined ? {} : { tokenLabel: survey.label }),
      };
      const rpcCalls = requests() - before;
      const ttlMs = ttlOf(detection);
      if (ttlMs !== null) {
        remember(mint, detection, ttlMs);
        await journal.writeCached(key, JSON.stringify(detection), ttlMs);
      }
      return { ...detection, tokenAddress, source: "chain", rpcCalls };
    },
  };
}
