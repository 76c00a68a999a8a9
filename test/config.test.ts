/** Reading secrets from the environment. */
import { expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { isCTOError } from "../src/errors/index.ts";

const previous = (text: string) =>
  readConfig({ ENCRYPTION_SECRET_PREVIOUS: text }).ENCRYPTION_SECRET_PREVIOUS;

it("takes previous secrets with commas between them, or as a JSON array where one has a comma in it", () => {
  expect(previous("one")).toEqual(["one"]);
  expect(previous(" one , two ")).toEqual(["one", "two"]);
  expect(previous('["it, too", "two"]')).toEqual(["it, too", "two"]);
  expect(previous("")).toBeUndefined();
});

it.each(["one,,two", '["one", ""]', '["one", 2]', "[one", "[]"])(
  "refuses previous secrets that are not such a list, without showing them",
  (text) => {
    try {
      previous(text);
      expect.fail("was accepted");
    } catch (error) {
      expect(isCTOError(error, "CTO_E_CONFIG_INVALID")).toBe(true);
      expect(String(error)).toContain("ENCRYPTION_SECRET_PREVIOUS");
      expect(String(error)).not.toMatch(/one|two/);
    }
  },
);
