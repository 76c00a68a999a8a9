/** Writes JSON with exact 64-bit integers: agave writes u64 values as plain numbers, so we must do the same. */
import { randomUUID } from "node:crypto";

/** Marks a big integer inside the text. It is random, so that no memo or log line can contain it. */
const MARK = randomUUID();
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, "g");

/** Node 20 has no `JSON.rawJSON`, so we write bigints beyond 2^53 as marked strings first. */
export const stringifyJson = (value: unknown): string => {
  let marked = false;
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== "bigint") return item;
    if (item >= Number.MIN_SAFE_INTEGER && item <= Number.MAX_SAFE_INTEGER) return Number(item);
    marked = true;
    return `${MARK}${item}`;
  });
  return marked ? text.replace(MARKED, "$1") : text;
};
