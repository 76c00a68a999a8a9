/** Parses option values. A value of the wrong kind is bad usage. */
import { type Address, isAddress } from "@solana/kit";
import { InvalidArgumentError } from "commander";
import { LAMPORTS_PER_SOL, MOST_SOL } from "../base/sol.ts";
import { parseSol } from "../contract/amount.ts";
import type { Lamports } from "../engine/ports.ts";

/** Used as `.option("--count <n>", …, integer(1, 1000))`. */
export const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };

/** Parses `1,2,3` as integers. */
export const integers =
  (min: number, max: number) =>
  (text: string): number[] =>
    text.split(",").map((part) => integer(min, max)(part.trim()));

/** Parses an amount of SOL. */
export const solAmount = (text: string): Lamports => {
  try {
    return parseSol(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : "It is no amount.");
  }
};

/** Parses a limit in SOL. */
export const solLimit = (text: string): Lamports => {
  const limit = solAmount(text);
  if (limit <= MOST_SOL * LAMPORTS_PER_SOL) return limit;
  throw new InvalidArgumentError(
    `It must be in SOL, not in lamports: it is more than ${MOST_SOL} SOL, and would limit nothing.`,
  );
};

export const solanaAddress = (text: string): Address => {
  if (!isAddress(text)) throw new InvalidArgumentError(`"${text}" is not a Solana address.`);
  return text;
};

/** Parses `a,b` as texts. */
export const texts = (text: string): string[] => text.split(",").map((part) => part.trim());
