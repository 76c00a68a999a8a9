/** Tests that the dashboard answers every error in its own words: no commands, no flags, no names of API fields. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { REGISTRY } from "../../src/errors/registry.ts";
import { CODES, placeOf, wordsOf } from "../../web/src/format/remedies.ts";

/** Errors of commands and of starting processes. No request of the dashboard is answered with them. */
const NEVER_SHOWN =
  /^CTO_E_(CONFIG_REDIS|HOME_|IMPORT_|USAGE|ERROR_CODE|LOCALNET|DESK|EMBEDDED|SERVER_|CHAT_MOVED|JOURNAL_(INCOMPATIBLE|TOO_WEAK|UNREADABLE|FOREIGN)|WALLET_(SECRET_WRONG|ROLE_DIFFERS))/;

/** A command, a flag, a field of the API, code in backticks. */
const TERMINAL = /\bcto [a-z]|(^|\s)--\w|\b[a-z]+[A-Z]\w*\b|`/;

it("names no command, flag or field in any remedy that the dashboard shows", () => {
  const shown = Object.entries(REGISTRY)
    .filter(([code]) => !NEVER_SHOWN.test(code))
    .map(([code, { remedy }]) => `${code}: ${wordsOf(code, remedy)}`);
  expect(shown.length).toBeGreaterThan(80);
  expect(shown.filter((text) => TERMINAL.test(text))).toEqual([]);
});

it("has words for existing codes alone", () => {
  expect(CODES.filter((code) => !Object.hasOwn(REGISTRY, code))).toEqual([]);
});

it("links to existing pages, with the user where the page is a user's", () => {
  const app = readFileSync(new URL("../../web/src/app.tsx", import.meta.url), "utf8");
  for (const code of CODES) {
    const place = placeOf(code);
    if (place !== null) expect(app).toContain(`path="${place.href.split("?")[0]}"`);
  }
  expect(placeOf("CTO_E_WALLET_SHORT_OF_FUNDS", "a b")?.href).toBe("/app/wallets?user=a%20b");
  expect(placeOf("CTO_E_LIMIT_EXCEEDED")?.href).toBe("/app/limits");
  expect(placeOf("CTO_E_FORBIDDEN", "alice")?.href).toBe("/app/keys");
});
