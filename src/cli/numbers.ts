/** Parsers of option values: what is not a number of the expected kind is bad usage. */
import { InvalidArgumentError } from "commander";

/** For `.option("--count <n>", …, integer(1, 1000))`. */
export const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };

/** `1,2,3` as integers. */
export const integers =
  (min: number, max: number) =>
  (text: string): number[] =>
    text.split(",").map((part) => integer(min, max)(part.trim()));

/** `a,b` as texts. */
export const texts = (text: string): string[] => text.split(",").map((part) => part.trim());
