/** Defines `cto call`, which creates open calls, confirms their publication and shows them. */

import { isSignature, type Signature } from "@solana/kit";
import type { Command } from "commander";
import { underPublicUrl } from "../../base/public-url.ts";
import type { Config } from "../../config.ts";
import { CTOError } from "../../errors/index.ts";
import { withChainPorts } from "../../runtime/chain-ports.ts";
import { confirmAnnouncement, createCall } from "../../services/calls/create-call.ts";
import { composeStart, startMuster } from "../../services/calls/start.ts";
import { type CallView, callView, listCalls, readCall } from "../../services/calls/view.ts";
import { action, withContext } from "../action.ts";
import { callText } from "../call-text.ts";
import { readGiven } from "../read-given.ts";
import { table } from "../table.ts";

const HELP = `
Examples:
  $ cto call create terms.json            the answer has a memo, and an unsigned transaction with it
  $ cto call announced call_1 5h6x…       the final transaction with that memo, signed by the caller's wallet
  $ cto call start call_1                 if the terms say startedBy: what the caller's wallet signs
  $ cto call show call_1
  $ cto receipt call_1 --verify           once the muster has begun

The caller's wallet can also publish on the call's page, /c/<callId>.
CTO_CALLERS names the wallets that may publish calls. Docs: docs/calls.md.`;

const TERMS_HELP = `
The file has one JSON object with all of these fields. Amounts are whole numbers as text, times are UTC like 2026-12-01T12:00:00Z:
  version                        1
  callId                         1 to 64 letters, digits, - or _
  cluster                        the cluster's genesis hash
  mint, platform                 the token; a venue, or "auto"
  maxPrice                       SOL per whole token, like "0.00000005"
  leastLamports, mostLamports    of all members together, lamports
  leastWallets                   a number: so many wallets must sign
  perWallet                      { leastLamports, mostLamports } of each wallet, lamports
  opensAt, closesAt              times
  musterSeconds                  a number: how long the muster may last
  startedBy                      "caller", or absent: the muster begins by itself
  refuses                        powers of the mint's issuer, sorted, of "fee", "freeze", "hook"; or []
  caller.wallet                  the address that signs the memo
  caller.wallets                 your wallets: { address, tokens } each; tokens are base units that it holds now
  caller.pastCalls               the ids of your calls before, or []

Example:
  $ cto call create terms.json
docs/calls.md has a whole terms.json.`;

const usage = (problem: string): CTOError => new CTOError("CTO_E_USAGE", { problem });

async function readJson(file: string, what: string): Promise<unknown> {
  const text = await readGiven(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${file} has no ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The call's page, where members and the caller use their own wallets. Without CTO_PUBLIC_URL its address is unknown. */
const pageLine = ({ callId }: CallView, { CTO_PUBLIC_URL }: Pick<Config, "CTO_PUBLIC_URL">): string[] =>
  CTO_PUBLIC_URL === undefined ? [] : [`page     ${underPublicUrl(CTO_PUBLIC_URL, `/c/${callId}`)}`];

export function addCallCommand(program: Command): void {
  const call = program
    .command("call")
    .description(
      "open calls: others join with their own wallets; nothing is sent below the least, above it each buy lands or fails alone",
    )
    .addHelpText("after", HELP);
  call
    .command("create")
    .argument("<terms.json>")
    .description("accept the terms of a call, and print the memo that publishes them")
    .addHelpText("after", TERMS_HELP)
    .action(
      action<[file: string], object>(async (terminal, [file]) => {
        const terms = await readJson(file, "terms");
        await withContext((context) =>
          withChainPorts(context, async (ports) => {
            const { record, announcement } = await createCall(context, ports, terms);
            terminal.answer({ call: callView(record, []), announcement }, () =>
              [
                callText(callView(record, []), terminal.colours),
                ...pageLine(callView(record, []), context.config),
                `memo     ${announcement.memo}`,
                `unsigned ${announcement.transaction}`,
              ].join("\n"),
            );
          }),
        );
      }),
    );
  call
    .command("announced")
    .argument("<callId>")
    .argument("<signature>", "of a final transaction with the memo, signed by the caller's wallet")
    .description("confirm that the terms are published; the call opens then")
    .addHelpText("after", "\nExample:\n  $ cto call announced call_1 5h6x…")
    .action(
      action<[callId: string, signature: string], object>(async (terminal, [callId, signature]) => {
        if (!isSignature(signature)) throw usage(`"${signature}" is not a signature`);
        await withContext((context) =>
          withChainPorts(context, async (ports) => {
            await confirmAnnouncement(context, ports, callId, signature as Signature);
            const view = await readCall(context, callId);
            terminal.answer(view, () => callText(view, terminal.colours));
          }),
        );
      }),
    );
  call
    .command("start")
    .argument("<callId>")
    .argument("[signed.json]", "what the caller's wallet has signed: { start, signature }")
    .description("start the muster as the caller; without a file, print what the caller's wallet signs")
    .addHelpText("after", "\nExample:\n  $ cto call start call_1\n  $ cto call start call_1 signed.json")
    .action(
      action<[callId: string, file: string | undefined], object>(async (terminal, [callId, file]) =>
        withContext(async (context) => {
          if (file === undefined) {
            const asked = await composeStart(context, callId);
            return terminal.answer(asked, () => `${asked.text}\n\n${JSON.stringify(asked.start)}`);
          }
          await startMuster(context, callId, await readJson(file, "signed start"));
          const view = await readCall(context, callId);
          terminal.answer(view, () => callText(view, terminal.colours));
        }),
      ),
    );
  call
    .command("show")
    .argument("<callId>")
    .description("print a call: terms, pledges, muster, and what landed")
    .addHelpText("after", "\nExample:\n  $ cto call show call_1")
    .action(
      action<[callId: string], object>(async (terminal, [callId]) =>
        withContext(async (context) => {
          const view = await readCall(context, callId);
          terminal.answer(view, () =>
            [callText(view, terminal.colours), ...pageLine(view, context.config)].join("\n"),
          );
        }),
      ),
    );
  call
    .command("list")
    .description("list all calls, the newest first")
    .addHelpText("after", "\nExample:\n  $ cto call list")
    .action(
      action<[], object>(async (terminal) =>
        withContext(async (context) => {
          const calls = (await listCalls(context)).map((record) => callView(record, []));
          const columns = ["call", "state", "token"].map((title) => ({ title }));
          terminal.answer(
            calls.map(({ callId, status, terms, termsHash }) => ({ callId, status, terms, termsHash })),
            () =>
              table(
                columns,
                calls.map(({ callId, status, terms }) => [callId, status, terms.mint]),
                terminal.colours,
              ),
          );
        }),
      ),
    );
}
