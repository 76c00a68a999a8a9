/** Defines `cto estimate`, which shows what an operation would buy and cost now. */
import type { Command } from "commander";
import { formatSol } from "../../base/sol.ts";
import { labelWords } from "../../base/token-label.ts";
import { formatTokens, grouped } from "../../contract/amount.ts";
import type { CTOEstimate } from "../../contract/types.ts";
import { priceLine } from "../../receipts/price-words.ts";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { estimate } from "../../services/estimate.ts";
import { action, withContext } from "../action.ts";
import { integer, integers, texts } from "../numbers.ts";
import { addPriceOptions, type PriceOptions, priceOptions } from "../price-options.ts";
import { short, table } from "../table.ts";
import type { Colours } from "../terminal.ts";

type Options = {
  mode: string;
  platform: string;
  slippageBps?: number;
  weights?: number[];
  wallets?: string[];
  skipUnfit?: boolean;
} & PriceOptions;

const sol = (lamports: string): string => `${formatSol(BigInt(lamports))} SOL`;

/** A large operation at a small plan takes long. A person has to know that before it starts. */
const buildingLine = ({ building, legs }: CTOEstimate): string[] => {
  if (building === null || building.mostSeconds === 0) return [];
  const { requestsPerSecond, leastSeconds, mostSeconds, blockhashSeconds } = building;
  const spread =
    mostSeconds > blockhashSeconds
      ? `; longer than a blockhash lives (${blockhashSeconds} s), so the legs go out one after the other, each with its own`
      : "";
  return [
    `Time: a worker may send Jupiter ${requestsPerSecond} requests/s, so ${legs.length} legs need ${leastSeconds} to ${mostSeconds} s${spread}`,
  ];
};

const describe = (found: CTOEstimate, colours: Colours): string => {
  const { fees, transactions } = found;
  const columns = [
    { title: "leg", right: true },
    { title: "wallet" },
    { title: "SOL", right: true },
    { title: "tokens", right: true },
    { title: "at least", right: true },
  ];
  const rows = found.legs.map((leg) => [
    String(leg.leg),
    short(leg.address),
    formatSol(BigInt(leg.lamports)),
    formatTokens(leg.tokensOut, found.decimals),
    formatTokens(leg.minTokensOut, found.decimals),
  ]);
  return [
    `${found.platform} (the token trades at: ${found.detected}), ${found.fundingMode}`,
    ...(found.tokenLabel ? [`The token calls itself ${labelWords(found.tokenLabel)}`] : []),
    table(columns, rows, colours),
    `Tokens: ${formatTokens(found.totalTokens, found.decimals)} for ${sol(found.totalLamports)}; ${found.averagePrice} SOL per token; impact ${found.priceImpactBps} bps`,
    `Price: ${priceLine(found.price)}`,
    `Fees: venue ${fees.venue === null ? "not told" : sol(fees.venue)}, network ${sol(fees.network)}, priority ${sol(fees.priority)}, rent ${sol(fees.rent)} at ${grouped(found.lamportsPerByte)} lamports per byte`,
    `Transactions: ${transactions.count}, of at most ${Math.max(...transactions.bytes)} bytes`,
    ...buildingLine(found),
    ...found.legs
      .filter(({ aboveMaxPrice }) => aboveMaxPrice)
      .map(({ leg, address }) => `Above --max-price: leg ${leg}, ${address}, would buy nothing`),
    ...found.leftOut.map(({ address, reason }) => `Left out: ${address}, for ${reason}`),
    ...found.shortOfFunds.map(
      ({ address, has, needs }) => `Short of funds: ${address} holds ${sol(has)} and needs ${sol(needs)}`,
    ),
  ].join("\n");
};

export function addEstimateCommand(program: Command): void {
  const command = program
    .command("estimate")
    .argument("<user>")
    .argument("<token>", "the token's mint address")
    .argument("<amountSOL>", "spent on the token over all wallets; fees and rents come on top")
    .requiredOption("--mode <mode>", "standard (the funding wallet pays) or prefunded (the buyers pay)")
    .option("--platform <platform>", "a venue's code, unknown or auto", "auto")
    .option("--slippage-bps <n>", "how many tokens less than its quote a wallet may get", integer(0, 10_000))
    .option("--weights <list>", "one positive integer per wallet, like 1,2,3", integers(1, 1_000_000_000))
    .option("--wallets <ids>", "ids of the buyer wallets, in the order of the legs", texts)
    .option("--skip-unfit", "leave out wallets that cannot buy; the others share the whole amount")
    .description("show what an operation would get and cost now; signs nothing")
    .addHelpText("after", "\nExample:\n  $ cto estimate user123 <mint> 1.5 --mode standard")
    .action(
      action<[userId: string, tokenAddress: string, amount: string], Options>(
        (terminal, [userId, tokenAddress, buyAmount], { mode, platform, ...given }) =>
          withContext((context) =>
            withChainPorts(context, async (ports) => {
              const job = { userId, userChatId: 0, tokenAddress, buyAmount, mode, platform };
              const found = await estimate(context, ports, job, {
                ...(given.slippageBps !== undefined ? { slippageBps: given.slippageBps } : {}),
                ...priceOptions(given),
                ...(given.weights !== undefined ? { weights: given.weights } : {}),
                ...(given.wallets !== undefined ? { walletIds: given.wallets } : {}),
                ...(given.skipUnfit !== undefined ? { skipUnfit: given.skipUnfit } : {}),
              });
              terminal.answer(found, () => describe(found, terminal.colours));
            }),
          ),
      ),
    );
  addPriceOptions(command);
}
