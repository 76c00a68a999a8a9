/**
 * The meanings of custom error codes of well-known programs. We show other programs' codes as numbers, unless the logs
 * explain them.
 */
import type { Address } from "../engine/ports.ts";

type Program = { readonly name: string; readonly codes: Readonly<Record<number, string>> };

/** Codes as in `SystemError` of the system interface and `TokenError` of the SPL token interface. */
const TOKEN_CODES: Program["codes"] = {
  0: "an account is not rent-exempt",
  1: "there are not enough tokens",
  2: "the mint is not valid",
  3: "the token account is of another mint",
  4: "the authority does not own the token account",
  17: "the token account is frozen",
};

const PROGRAMS: Record<string, Program> = {
  "11111111111111111111111111111111": {
    name: "System program",
    codes: {
      0: "an account with this address already exists",
      1: "a wallet does not hold enough lamports for a transfer",
    },
  },
  ComputeBudget111111111111111111111111111111: { name: "Compute Budget program", codes: {} },
  TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA: { name: "Token program", codes: TOKEN_CODES },
  TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb: { name: "Token-2022 program", codes: TOKEN_CODES },
  ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL: { name: "Associated Token program", codes: {} },
  MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr: { name: "Memo program", codes: {} },
};

/** Registers the codes of further programs in this process. Each venue has its own. */
export const knowPrograms = (programs: readonly (Program & { readonly program: Address })[]): void => {
  for (const { program, name, codes } of programs) PROGRAMS[program] = { name, codes };
};

/** Returns the name of a well-known program, otherwise the address. */
export const programName = (program: Address): string => PROGRAMS[program]?.name ?? program;

/** Returns the meaning of a custom code of this program, if we have it. */
export const explainCustomCode = (program: Address, code: number): string | undefined =>
  PROGRAMS[program]?.codes[code];
