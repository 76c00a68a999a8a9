/** Prints a failure on the command line: its code, message and remedy. Also chooses the exit code. */
import { CommanderError } from "commander";
import { forTerminal, visible } from "../base/visible.ts";
import type { Failure } from "../engine/ports.ts";
import { CTOError, type ErrorCode, isCTOError, REGISTRY, toFailure } from "../errors/index.ts";
import { type Colours, jsonLine, openTerminal } from "./terminal.ts";

/** 0 done, 1 failed, 2 bad usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Errors that the caller can correct only with other arguments. */
const USAGE_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CTO_E_USAGE",
  "CTO_E_ERROR_CODE_UNKNOWN",
  "CTO_E_CONFIG_INVALID",
  "CTO_E_OPERATION_INVALID",
  "CTO_E_TOKEN_ADDRESS_INVALID",
  "CTO_E_TOKEN_IS_WRAPPED_SOL",
  "CTO_E_AMOUNT_INVALID",
  "CTO_E_AMOUNT_ABOVE_LIMIT",
  "CTO_E_AMOUNT_TOO_SMALL",
  "CTO_E_MODE_UNKNOWN",
  "CTO_E_PLATFORM_UNKNOWN",
  "CTO_E_WEIGHTS_INVALID",
  "CTO_E_WALLET_SELECTION_INVALID",
  "CTO_E_IMPORT_MAPPING_INVALID",
  "CTO_E_WALLET_KEY_INVALID",
  "CTO_E_WALLET_KEY_NEEDS_ADDRESS",
  "CTO_E_WALLET_KEY_IS_ADDRESS",
  "CTO_E_WALLET_KEY_WRONG_NETWORK",
  "CTO_E_API_KEY_INVALID",
  "CTO_E_USER_INVALID",
  "CTO_E_TELEGRAM_TOKEN_MISSING",
]);

const exitCodeOf = (error: unknown): number =>
  isCTOError(error) && USAGE_ERRORS.has(error.code) ? EXIT.usage : EXIT.failed;

const remedyOf = (code: string): string | undefined =>
  Object.hasOwn(REGISTRY, code) ? REGISTRY[code as ErrorCode].remedy : undefined;

/** Returns the line that says what to do about an error; none for a code of another release. */
export const remedyLines = (
  code: string,
  { dim }: Pick<Colours, "dim">,
  remedy = remedyOf(code),
): string[] => (remedy === undefined ? [] : [dim(`  What to do: ${remedy}`)]);

/** Formats a failure that the journal holds, as a failure of the command itself is printed. */
export const failureLines = ({ code, message }: Failure, colours: Colours): string[] => [
  `${colours.red(colours.bold(visible(code)))} ${visible(message)}`,
  ...remedyLines(code, colours),
];

/** Converts commander's errors to ours, so that all errors have the same form. We remove the prefix "error: ". */
const translate = (error: CommanderError): CTOError =>
  new CTOError("CTO_E_USAGE", { problem: error.message.replace(/^error: /, "") });

/** We print stacks only for debugging: they may contain paths, and do not help other users. */
const wantsStack = (): boolean => process.env.CTO_LOG === "debug" || process.env.CTO_LOG === "trace";

/**
 * Prints a failure.
 *
 * @returns the exit code
 */
export function reportFailure(thrown: unknown, { json }: { json: boolean }): number {
  if (thrown instanceof CommanderError) {
    // Commander also throws after it has printed the help or the version.
    if (thrown.exitCode === 0) return EXIT.done;
    if (thrown.code === "commander.help") return EXIT.usage;
  }
  const error = thrown instanceof CommanderError ? translate(thrown) : thrown;
  const { code, message } = toFailure(error);
  const remedy = isCTOError(error) ? error.remedy : remedyOf(code);
  const { colours } = openTerminal({ json });
  if (json) process.stdout.write(`${jsonLine({ error: { code, message, remedy } })}\n`);
  else {
    const lines = [`${colours.red(colours.bold(code))} ${message}`, ...remedyLines(code, colours, remedy)];
    process.stderr.write(`${forTerminal(lines.join("\n"))}\n`);
  }
  if (wantsStack() && error instanceof Error) process.stderr.write(`${forTerminal(error.stack ?? "")}\n`);
  return exitCodeOf(error);
}
