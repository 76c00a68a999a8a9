/** Defines `cto detect`, which shows where a token trades. */
import type { Command } from "commander";
import { labelWords } from "../../base/token-label.ts";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { createDetector, type TokenDetection } from "../../services/detect.ts";
import { action, withContext } from "../action.ts";

const describe = ({ platform, trading, notes, tokenLabel, source, rpcCalls }: TokenDetection): string =>
  [
    ...(tokenLabel ? [`The token calls itself ${labelWords(tokenLabel)}`] : []),
    `Platform: ${platform}`,
    `Trades at: ${trading.length === 0 ? "no venue that we read; the aggregator may know one" : trading.join(", ")}`,
    ...notes.map((note) => `Note: ${note}`),
    `RPC calls: ${rpcCalls}${source === "chain" ? "" : ` (remembered: ${source})`}`,
  ].join("\n");

export function addDetectCommand(program: Command): void {
  program
    .command("detect")
    .argument("<token>", "the token's mint address")
    .option("--fresh", "read the chain, without the cache")
    .description("show the venue where a token trades, and what the token calls itself")
    .addHelpText("after", "\nExamples:\n  $ cto detect <mint>\n  $ cto detect <mint> --fresh --json")
    .action(
      action<[tokenAddress: string], { fresh?: boolean }>((terminal, [tokenAddress], { fresh = false }) =>
        withContext((context) =>
          withChainPorts(context, async (ports) => {
            const found = await createDetector(context, async () => ports).detect(tokenAddress, { fresh });
            terminal.answer(found, () => describe(found));
          }),
        ),
      ),
    );
}
