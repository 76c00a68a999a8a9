/** Defines `cto estimate`, which shows what an operation would buy and cost now. */
import type { Command } from "commander";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { openClusterClient } from "../../runtime/cluster-client.ts";
import { estimate } from "../../services/estimate.ts";
import { action, withContext } from "../action.ts";
import { describeEstimate } from "../estimate-text.ts";
import { integer, integers, texts } from "../numbers.ts";
import { addPriceOptions, type PriceOptions, priceOptions } from "../price-options.ts";

type Options = {
  mode: string;
  platform: string;
  slippageBps?: number;
  weights?: number[];
  wallets?: string[];
  skipUnfit?: boolean;
} & PriceOptions;

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
              const cluster = await openClusterClient(context.config);
              const genesisHash = await cluster.genesisHash().catch(() => null);
              terminal.answer(found, () => describeEstimate(found, { mode, genesisHash }, terminal.colours));
            }),
          ),
      ),
    );
  addPriceOptions(command);
}
