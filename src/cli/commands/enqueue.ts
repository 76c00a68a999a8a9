/** Defines `cto enqueue`, which requests one operation. */
import type { Command } from "commander";
import type { EnqueueOptions } from "../../contract/types.ts";
import { enqueue } from "../../services/operations.ts";
import { action, withContext } from "../action.ts";
import { follow } from "../follow.ts";
import { noteTokenLabel } from "../note-token-label.ts";
import { integer, integers, texts } from "../numbers.ts";
import { addPriceOptions, type PriceOptions, priceOptions } from "../price-options.ts";
import { watchToEnd } from "./watch.ts";

type Options = {
  mode: string;
  platform: string;
  chatId: number;
  priority: number;
  slippageBps?: number;
  weights?: number[];
  wallets?: string[];
  skipUnfit?: boolean;
  parallelism?: number;
  idempotencyKey?: string;
  notBefore?: string;
  expiresAt?: string;
  tags?: string[];
  reference?: string;
  wait?: boolean;
} & PriceOptions;

const enqueueOptions = (given: Options): EnqueueOptions => ({
  ...(given.idempotencyKey !== undefined ? { idempotencyKey: given.idempotencyKey } : {}),
  ...(given.slippageBps !== undefined ? { slippageBps: given.slippageBps } : {}),
  ...priceOptions(given),
  ...(given.weights !== undefined ? { weights: given.weights } : {}),
  ...(given.wallets !== undefined ? { walletIds: given.wallets } : {}),
  ...(given.skipUnfit !== undefined ? { skipUnfit: given.skipUnfit } : {}),
  ...(given.parallelism !== undefined ? { parallelism: given.parallelism } : {}),
  ...(given.notBefore !== undefined ? { notBefore: given.notBefore } : {}),
  ...(given.expiresAt !== undefined ? { expiresAt: given.expiresAt } : {}),
  ...(given.tags !== undefined ? { tags: given.tags } : {}),
  ...(given.reference !== undefined ? { reference: given.reference } : {}),
});

const EXAMPLES = `
Examples:
  $ cto enqueue user123 <mint> 1.5 --mode prefunded --wait
  $ cto enqueue user123 <mint> 2 --mode standard --weights 1,1,2 --idempotency-key order-77`;

export function addEnqueueCommand(program: Command): void {
  const command = program
    .command("enqueue")
    .argument("<user>")
    .argument("<token>", "the token's mint address")
    .argument("<amountSOL>", "spent on the token over all wallets; fees and rents come on top")
    .requiredOption("--mode <mode>", "standard (the funding wallet pays) or prefunded (the buyers pay)")
    .option("--platform <platform>", "a venue's code, unknown or auto", "auto")
    .option(
      "--chat-id <id>",
      "Telegram chat of the user",
      integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      0,
    )
    .option(
      "--priority <n>",
      "orders the user's operations: 0 comes first, then 1, 2, …",
      integer(0, 2_097_152),
      0,
    )
    .option("--slippage-bps <n>", "how many tokens less than its quote a wallet may get", integer(0, 10_000))
    .option("--weights <list>", "one positive integer per wallet, like 1,2,3", integers(1, 1_000_000_000))
    .option("--wallets <ids>", "ids of the buyer wallets, in the order of the legs", texts)
    .option("--skip-unfit", "leave out wallets that cannot buy; the others share the whole amount")
    .option("--parallelism <n>", "legs in flight at once", integer(1, 256))
    .option("--idempotency-key <key>", "the same key with the same data returns the first operation")
    .option("--not-before <time>", "begin no earlier: ISO 8601, like 2030-01-31T12:00:00Z")
    .option("--expires-at <time>", "sign nothing after this time")
    .option("--tags <list>", "your own words to find the operation by, like spring,shop", texts)
    .option("--reference <text>", "the name in your own system")
    .option("--wait", "show the progress until it ends; needs a worker to run")
    .description("enqueue one operation: many wallets buy one token together")
    .addHelpText("after", EXAMPLES)
    .action(
      action<[userId: string, tokenAddress: string, amount: string], Options>(
        (terminal, [userId, tokenAddress, amount], given) =>
          withContext(async (context) => {
            const { mode, platform, chatId: userChatId } = given;
            // The amount stays text. The same code parses the amounts of all callers exactly.
            const job = { userId, userChatId, tokenAddress, buyAmount: amount, mode, platform };
            const accepted = await enqueue(context, job, given.priority, enqueueOptions(given));
            if (given.wait !== true) {
              terminal.answer(
                accepted,
                () => `Accepted ${accepted.jobId}. Next: cto watch ${accepted.jobId}`,
              );
              await noteTokenLabel(context, terminal, tokenAddress);
              return undefined;
            }
            // Null means that the queue's server does not report workers. Without a worker, the wait would never end,
            // so we print a note.
            if ((await context.queue.workers()) === 0)
              terminal.note(
                `No worker runs: ${accepted.jobId} waits until one does (\`cto worker\` or \`cto start\`)`,
              );
            return watchToEnd(context, terminal, (signal) =>
              follow(context, accepted.jobId, terminal, signal),
            );
          }),
      ),
    );
  addPriceOptions(command);
}
