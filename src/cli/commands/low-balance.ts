/** Defines `cto webhooks low-balance`, which sets and shows below which balances `balance.low` is sent. */
import type { Command } from "commander";
import { formatSol } from "../../base/sol.ts";
import type { Lamports } from "../../engine/ports.ts";
import {
  type BalanceAlert,
  setBalanceAlert,
  toTexts,
  viewBalanceAlert,
} from "../../services/webhooks/balance-alerts.ts";
import { action, withContext } from "../action.ts";
import { solAmount } from "../numbers.ts";

const HELP = `
Examples:
  $ cto webhooks low-balance alice --funding 0.5
  $ cto webhooks low-balance alice --buyer none
  $ cto webhooks low-balance alice

A wallet is reported once when it falls below, and again only after it was above. Without options, the present values are
shown.`;

type Given = { readonly value: Lamports | null };
type Options = { readonly funding?: Given; readonly buyer?: Given };

const amountOrNone = (text: string): Given => ({ value: text === "none" ? null : solAmount(text) });

const say = (value: Lamports | null): string => (value === null ? "not watched" : `${formatSol(value)} SOL`);

const toText = (userId: string, { fundingLamports, buyerLamports }: BalanceAlert): string =>
  `balance.low of ${userId}\n  funding wallets below  ${say(fundingLamports)}\n  buyers below           ${say(buyerLamports)}`;

export function addLowBalance(webhooks: Command): void {
  webhooks
    .command("low-balance")
    .argument("<user>", "whose wallets")
    .option("--funding <sol>", 'report a funding wallet below this balance; or "none"', amountOrNone)
    .option("--buyer <sol>", 'report a buyer below this balance; or "none"', amountOrNone)
    .description("set or show below which balances balance.low is sent")
    .addHelpText("after", HELP)
    .action(
      action<[user: string], Options>(async (terminal, [userId], { funding, buyer }) => {
        const alert = await withContext(async (context) => {
          const before = await viewBalanceAlert(context, userId);
          if (funding === undefined && buyer === undefined) return before;
          return setBalanceAlert(context, userId, {
            fundingLamports: funding === undefined ? before.fundingLamports : funding.value,
            buyerLamports: buyer === undefined ? before.buyerLamports : buyer.value,
          });
        });
        terminal.answer(toTexts(alert), () => toText(userId, alert));
      }),
    );
}
