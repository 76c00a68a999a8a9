/**
 * Defines `cto localnet`, which runs a Solana cluster in one process, with a market maker that offers Jupiter's API.
 */
import type { Command } from "commander";
import { readConfig } from "../../config.ts";
import { action } from "../action.ts";
import {
  addLocalnetOptions,
  beginFresh,
  describeSaved,
  type LocalnetFlags,
  toLocalnetOptions,
} from "../localnet-options.ts";
import { runLocalnet } from "../run-localnet.ts";
import { listenForStop } from "../until-stopped.ts";

const EXAMPLES = `
Examples:
  $ cto localnet --slot-ms 200
  $ cto localnet --fresh
  $ cto localnet --snapshot chain.bin --load-program <address>=program.so
Then, in another shell of the same folder: cto worker, cto airdrop, cto token create`;

export function addLocalnetCommand(program: Command): void {
  addLocalnetOptions(program.command("localnet"))
    .description("run a localnet and its desk until Ctrl-C")
    .addHelpText("after", EXAMPLES)
    .action(
      action<[], LocalnetFlags>(async (terminal, _given, flags) => {
        const stop = listenForStop();
        const config = readConfig();
        for (const line of await beginFresh(config, flags)) terminal.note(line);
        const running = await runLocalnet(config, toLocalnetOptions(config, flags));
        for (const line of describeSaved(running)) terminal.note(line);
        const { localnet, desk } = running;
        const addresses = { rpcUrl: localnet.rpcUrl, wsUrl: localnet.wsUrl, jupiterUrl: desk.url };
        terminal.note(`RPC        ${addresses.rpcUrl}`);
        terminal.note(`WebSocket  ${addresses.wsUrl}`);
        terminal.note(`Desk       ${addresses.jupiterUrl}`);
        terminal.note("Ctrl-C stops it.");
        await stop.stopped;
        await running.close();
        stop.dispose();
        terminal.answer({ ...addresses, stopped: true }, () => "Localnet stopped.");
      }),
    );
}
