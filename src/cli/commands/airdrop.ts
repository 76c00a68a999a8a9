/** Defines `cto airdrop`, which requests free SOL on a localnet, devnet or testnet. */
import { isAddress } from "@solana/kit";
import type { Command } from "commander";
import { formatSol } from "../../base/sol.ts";
import { readConfig } from "../../config.ts";
import { parseSol } from "../../contract/amount.ts";
import { CTOError } from "../../errors/index.ts";
import { airdrop, openTestCluster } from "../../services/airdrop.ts";
import { action } from "../action.ts";

export function addAirdropCommand(program: Command): void {
  program
    .command("airdrop")
    .argument("<address>")
    .argument("<sol>")
    .description("give an address SOL; only on a localnet, devnet or testnet")
    .addHelpText("after", "\nExample:\n  $ cto airdrop 7xKX… 5")
    .action(
      action<[address: string, sol: string], object>(async (terminal, [address, sol]) => {
        const amount = parseSol(sol);
        if (!isAddress(address))
          throw new CTOError("CTO_E_USAGE", { problem: `"${address}" is not an address` });
        const client = await openTestCluster(readConfig(), "airdrop");
        const signature = await airdrop(client, address, amount);
        terminal.answer(
          { address, lamports: amount, signature },
          () => `${address} got ${formatSol(amount)} SOL`,
        );
      }),
    );
}
