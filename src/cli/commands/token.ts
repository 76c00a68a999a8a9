/** Defines `cto token create`, which creates a token on the running localnet, to try operations with. */
import { type Command, Option } from "commander";
import { formatSol } from "../../base/sol.ts";
import { readConfig } from "../../config.ts";
import { parseSol } from "../../contract/amount.ts";
import { LAUNCH_VENUES, type LaunchVenue, launchToken } from "../../localnet/launch/index.ts";
import { createToken, requireLocalnet } from "../../services/test-token.ts";
import { action } from "../action.ts";
import { integer } from "../numbers.ts";

type Options = {
  decimals: number;
  supply: number;
  liquiditySol: string;
  symbol: string;
  name: string;
  venue?: LaunchVenue;
};

export function addTokenCommand(program: Command): void {
  program
    .command("token")
    .description("tokens of the localnet")
    .command("create")
    .option("--decimals <n>", "of the token", integer(0, 9), 6)
    .option("--supply <n>", "whole tokens", integer(2, 1_000_000_000), 1_000_000_000)
    .option("--liquidity-sol <sol>", "the other side of half the supply; sets the first price", "1000")
    .option("--symbol <text>", "the token's symbol; any text, as on a real chain", "LOCAL")
    .option("--name <text>", "the same in full", "Localnet token")
    .addOption(
      new Option("--venue <venue>", "launch it on this venue's real program instead").choices(LAUNCH_VENUES),
    )
    .description("make an SPL token on this folder's localnet and have its desk sell it")
    .addHelpText("after", "\nExample:\n  $ cto token create --supply 1000000 --liquidity-sol 500")
    .action(
      action<[], Options>(
        async (terminal, _given, { decimals, supply, liquiditySol, symbol, name, venue }) => {
          if (venue !== undefined) {
            const localnet = await requireLocalnet(readConfig());
            const launched = await launchToken(localnet.rpcUrl, venue);
            terminal.answer({ mint: launched, venue }, () => `Token ${launched}, launched on ${venue}`);
            return;
          }
          const lamportsReserve = parseSol(liquiditySol);
          const baseUnits = BigInt(supply) * 10n ** BigInt(decimals);
          const mint = await createToken(readConfig(), {
            decimals,
            supply: baseUnits,
            lamportsReserve,
            symbol,
            name,
          });
          terminal.answer(
            { mint, decimals, supply: baseUnits, lamportsReserve },
            () => `Token ${mint}, sold by the desk against ${formatSol(lamportsReserve)} SOL`,
          );
        },
      ),
    );
}
