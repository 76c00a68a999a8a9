/**
 * Verifies a receipt at several endpoints. One that does not answer is passed over. One that contradicts the receipt is not
 * believed alone, because an endpoint without the full history shows nothing of an old operation.
 */
import { firstAnswer } from "../base/first-answer.ts";
import { CTOError } from "../errors/index.ts";
import { type ChainReader, createChainReader } from "./chain-reader.ts";
import type { Receipt } from "./types.ts";
import { type Verification, verifyReceipt } from "./verify.ts";

export type Urls = readonly [string, ...string[]];

/** Returns a reader that asks the endpoints in their order, each request until one answers it. */
export function createFailoverReader([first, ...others]: Urls): ChainReader {
  const readers = [createChainReader(first), ...others.map(createChainReader)] as const;
  return {
    history: (address, before) => firstAnswer(readers, (reader) => reader.history(address, before)),
    transaction: (signature) => firstAnswer(readers, (reader) => reader.transaction(signature)),
    walletMinimum: () => firstAnswer(readers, (reader) => reader.walletMinimum()),
    decimals: (mint) => firstAnswer(readers, (reader) => reader.decimals(mint)),
    genesisHash: () => firstAnswer(readers, (reader) => reader.genesisHash()),
  };
}

type Verdict = { readonly host: string; readonly verification: Verification };

const seenBy = ({ transactions, failedTransactions }: Verification): number =>
  transactions + failedTransactions;

/** Puts each problem after the endpoint that has it, if there are several. */
const named = (verdicts: readonly Verdict[], isAlone: boolean): string[] =>
  verdicts.flatMap(({ host, verification: { problems } }) =>
    problems.map((problem) => (isAlone ? problem : `${host}: ${problem}`)),
  );

/** @param isAlone only one endpoint is configured, so that no problem needs its name */
function conclude(
  verdicts: readonly Verdict[],
  { quorum, isAlone }: { quorum: number; isAlone: boolean },
): Verification {
  const agreeing = verdicts.filter(({ verification }) => verification.ok);
  const differing = verdicts.filter(({ verification }) => !verification.ok);
  const [best] = agreeing;
  const [worst] = differing;
  if (best === undefined) {
    if (worst === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint has answered" });
    return { ...worst.verification, problems: named(differing, isAlone) };
  }
  // An endpoint may lack what is on chain. What it shows beyond the receipt stands against it.
  const showMore = differing.filter((each) => seenBy(each.verification) > seenBy(best.verification));
  if (showMore.length > 0) return { ...best.verification, ok: false, problems: named(showMore, false) };
  if (agreeing.length >= quorum) return best.verification;
  const few = `${agreeing.length} of the ${quorum} endpoints that must agree (RESIGN_QUORUM) do`;
  return { ...best.verification, ok: false, problems: [few, ...named(differing, false)] };
}

/**
 * Asks the endpoints in their order, until `quorum` of them agree with the receipt.
 *
 * @param quorum default: 1
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER` if no endpoint answers, or fewer than the quorum
 */
export async function verifyAtEndpoints(receipt: Receipt, urls: Urls, quorum = 1): Promise<Verification> {
  const verdicts: Verdict[] = [];
  const failures: unknown[] = [];
  const agree = (): number => verdicts.filter(({ verification }) => verification.ok).length;
  for (const url of urls) {
    if (agree() >= quorum) break;
    try {
      const verification = await verifyReceipt(receipt, createChainReader(url));
      verdicts.push({ host: new URL(url).host, verification });
    } catch (error) {
      failures.push(error);
    }
  }
  // Nobody contradicts the receipt, but too few have answered to say so.
  if (failures.length > 0 && agree() === verdicts.length && agree() < quorum) throw failures[0];
  return conclude(verdicts, { quorum, isAlone: urls.length === 1 });
}
