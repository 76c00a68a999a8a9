/**
 * Tests that the source contains no literal rent, slot time or finality depth, because we read them from the cluster
 * (ADR 0016).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const FOLDERS = ["src", "web/src"];
/**
 * The files that may contain such literals: the bounds before the first answer, the localnet's own settings,
 * its market maker (which knows no other cluster), and the data of the journals' contract suite.
 */
const ALLOWED = [
  "src/engine/cluster/bounds.ts",
  "src/localnet/machines.ts",
  "src/localnet/desk/desk-chain.ts",
  "src/journal/contract/",
];

/**
 * Rents that clusters have had: the rates per byte, and per byte and year, and the rents of wallets, token
 * accounts and accumulators at these rates.
 */
const RENTS = [
  3_480, 6_960, 6_333, 5_080, 2_575, 1_322, 890_880, 650_240, 89_088, 2_039_280, 1_488_440, 203_928,
  2_074_080, 1_844_400,
];
const written = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, "_?");
const RENT = new RegExp(`(?<![\\w.])(${RENTS.map(written).join("|")})n?(?![\\w.])`);
/** A number that is assigned to a name about slots or finality, in slots or ms. */
const TIME =
  /\b\w*(slot_?ms|slot_?time|finality\w*|finalized_?depth|confirmed_?depth)\b["']?\s*(=|:|\?\?)\s*\d/i;

/** Only `landedAt` chooses this commitment, by the consensus. On Alpenglow no code requests `confirmed`. */
const COMMITMENT = /commitment: "confirmed"/;

const without = (source: string): string =>
  source
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(?<!:)\/\/.*/g, "");

const violationsOf = (source: string): string[] =>
  without(source)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => RENT.test(line) || TIME.test(line) || COMMITMENT.test(line));

describe("a cluster is read, not assumed", () => {
  it("no file names a rent, a slot time or a finality depth but the bounds and the localnet's settings", () => {
    const found = FOLDERS.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((file) => join(folder, file))
        .filter((file) => /\.tsx?$/.test(file) && !ALLOWED.some((allowed) => file.startsWith(allowed)))
        .flatMap((file) => violationsOf(readFileSync(file, "utf8")).map((line) => `${file}: ${line}`)),
    );
    expect(found).toEqual([]);
  });

  it.each([
    "const RENT = 2_039_280n;",
    "return bytes * 6960;",
    "const FIRST_SLOT_MS = 400;",
    "this.#slotMs = options.slotMs ?? 400;",
    "finalizedDepth: 32,",
    "const FINALITY_SLOTS = 32;",
    'params: [{ commitment: "confirmed" }],',
  ])("sees %s", (line) => {
    expect(violationsOf(line)).toEqual([line]);
  });

  it.each([
    "const at = 16_960;",
    "// 890,880 lamports, once 890880",
    "/* slotMs: 400 */",
    "finalizedDepth: number;",
  ])("lets %s pass", (line) => {
    expect(violationsOf(line)).toEqual([]);
  });
});
