/**
 * Tests that each error number of Meteora's two programs gets the text of its own program, because both programs use
 * the same numbers.
 */
import { expect, it } from "vitest";
import { createVenues } from "../../src/venues/index.ts";
import { DAMM_ERRORS } from "../../src/venues/meteora/damm.ts";
import { DBC_ERRORS } from "../../src/venues/meteora/program.ts";

const never = async (): Promise<never> => {
  throw new Error("nothing is read");
};
const venues = createVenues({
  chain: { fetchAccounts: never, findAccounts: never },
  jupiter: { url: "http://127.0.0.1:9" },
});
const explained = (code: number): string | null =>
  venues.explain("meteora", { error: { InstructionError: [3, { Custom: code }] }, message: "failed" });

it("a code that means the same in both is explained", () => {
  expect(explained(6002)).toMatch(/^Meteora DBC or Meteora DAMM v2: .*slippage/);
});

it("a code that only one of them means so is not: the failure's own words stand", () => {
  const codes = [...Object.keys(DBC_ERRORS.codes), ...Object.keys(DAMM_ERRORS.codes)].map(Number);
  const differing = codes.filter((code) => DBC_ERRORS.codes[code] !== DAMM_ERRORS.codes[code]);
  expect(differing).toEqual(expect.arrayContaining([6005, 6013, 6015, 6023, 6049]));
  for (const code of differing) expect(explained(code)).toBeNull();
});
