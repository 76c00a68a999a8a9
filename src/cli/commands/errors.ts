/** Defines `cto errors`, which explains an error code. */
import type { Command } from "commander";
import { CTOError, type ErrorCode, REGISTRY } from "../../errors/index.ts";
import { action } from "../action.ts";
import type { Colours } from "../terminal.ts";

const codes = Object.keys(REGISTRY) as ErrorCode[];

const entryOf = (code: ErrorCode) => {
  const { kind, cause, remedy } = REGISTRY[code];
  return { code, kind, cause, remedy };
};

/** Accepts a code without its prefix and in any case: `amount_invalid` is CTO_E_AMOUNT_INVALID. */
function findCode(text: string): ErrorCode {
  const upper = text.toUpperCase();
  const found = codes.find((code) => code === upper || code === `CTO_E_${upper}`);
  if (found === undefined) throw new CTOError("CTO_E_ERROR_CODE_UNKNOWN", { code: text });
  return found;
}

const explain = ({ code, kind, cause, remedy }: ReturnType<typeof entryOf>, { bold }: Colours): string =>
  `${bold(code)}\n  Kind: ${kind}\n  Cause: ${cause}\n  Remedy: ${remedy}`;

export function addErrorsCommand(program: Command): void {
  program
    .command("errors")
    .argument("[code]", "for instance CTO_E_AMOUNT_INVALID")
    .description("explain an error code: its cause and its remedy; without a code, all of them")
    .addHelpText("after", "\nExample:\n  $ cto errors CTO_E_WALLET_SHORT_OF_FUNDS")
    .action(
      action<[code?: string], object>(async (terminal, [code]) => {
        if (code !== undefined) {
          const entry = entryOf(findCode(code));
          terminal.answer(entry, () => explain(entry, terminal.colours));
          return;
        }
        const entries = codes.map(entryOf);
        terminal.answer(entries, () => entries.map((entry) => explain(entry, terminal.colours)).join("\n"));
      }),
    );
}
