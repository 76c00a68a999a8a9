/** Parses JSON of a third party, with integers as bigints. */
import { parseJsonWithBigInts } from "@solana/rpc-spec-types";
import { TooLarge } from "./bounded-body.ts";

const [ARRAY, OBJECT, COMMA] = [..."[{,"].map((character) => character.charCodeAt(0));

/** Each value follows one of these, or is the first. Those in texts count too: real answers have few. */
function countValues(json: string): number {
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === COMMA || code === ARRAY || code === OBJECT) values += 1;
  }
  return values;
}

/**
 * Parsing an integer as a bigint takes microseconds, so the number of values decides for how long nothing else runs.
 *
 * @throws {TooLarge} and SyntaxError, before the long work
 */
export function parseBounded(json: string, mostValues: number): unknown {
  if (countValues(json) > mostValues) throw new TooLarge(`${mostValues} values`);
  JSON.parse(json); // It is quick at refusing what is no JSON.
  return parseJsonWithBigInts(json);
}
