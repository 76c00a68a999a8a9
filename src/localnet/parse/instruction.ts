/**
 * Encodes instructions as `jsonParsed`: system, token, associated token account and memo. Others are partially
 * decoded.
 */
import { getBase58Decoder } from "@solana/kit";
import { memoText } from "../memo.ts";
import {
  ASSOCIATED_TOKEN_PROGRAM,
  isMemoProgram,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from "../programs.ts";
import { DataReader } from "./data-reader.ts";
import { parseSystem } from "./system.ts";
import { parseToken } from "./token.ts";
import type { KeyedInstruction, Parsed } from "./types.ts";

const parseAssociatedToken = ({ accounts, data }: KeyedInstruction): Parsed | null => {
  const [source, account, wallet, mint, systemProgram, tokenProgram] = accounts;
  const type = data.length === 0 || data[0] === 0 ? "create" : data[0] === 1 ? "createIdempotent" : null;
  if (type === null || tokenProgram === undefined) return null;
  return { type, info: { source, account, wallet, mint, systemProgram, tokenProgram } };
};

const parse = (instruction: KeyedInstruction): { program: string; parsed: Parsed | string | null } | null => {
  const { programId, data } = instruction;
  if (isMemoProgram(programId)) return { program: "spl-memo", parsed: memoText(data) };
  switch (programId) {
    case SYSTEM_PROGRAM:
      return { program: "system", parsed: parseSystem(instruction, new DataReader(data)) };
    case TOKEN_PROGRAM:
    case TOKEN_2022_PROGRAM:
      return { program: "spl-token", parsed: parseToken(instruction, new DataReader(data)) };
    case ASSOCIATED_TOKEN_PROGRAM:
      return { program: "spl-associated-token-account", parsed: parseAssociatedToken(instruction) };
    default:
      return null;
  }
};

const parseOrNull = (instruction: KeyedInstruction): ReturnType<typeof parse> => {
  try {
    return parse(instruction);
  } catch {
    // The data is too short for the instruction that its first byte announces. Agave then decodes it partially, and
    // so do we.
    return null;
  }
};

/** `stackHeight` is 1 for the transaction's own instructions. */
export const parseInstruction = (instruction: KeyedInstruction, stackHeight: number) => {
  const { programId, accounts, data } = instruction;
  const found = parseOrNull(instruction);
  return found === null || found.parsed === null
    ? { accounts, data: getBase58Decoder().decode(data), programId, stackHeight }
    : { program: found.program, programId, parsed: found.parsed, stackHeight };
};
