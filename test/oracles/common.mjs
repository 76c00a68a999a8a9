/** What the generators share: a seeded source of numbers, and how vectors are written. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The SDKs are CommonJS; they are looked for where the generator is run. */
export const require = createRequire(join(process.cwd(), "package.json"));

export const versionOf = (name) =>
  `${name}@${JSON.parse(readFileSync(join(process.cwd(), "node_modules", name, "package.json"), "utf8")).version}`;

const clamp = (value, low, high) => [low, value, high].sort((a, b) => (a < b ? -1 : 1))[1];

/** xorshift64*: the same numbers for the same seed. */
export const createRandom = (seed) => {
  let state = BigInt(seed);
  const next = () => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 2685821657736338717n);
  };
  return {
    /** From `low` to `high`, both included. */
    between: (low, high) => low + (next() % (high - low + 1n)),
    /** As many small numbers as large ones: the number of digits is drawn first. */
    digits(low, high) {
      const digits = this.between(BigInt(String(low).length), BigInt(String(high).length));
      const floor = 10n ** (digits - 1n);
      const top = floor * 10n - 1n;
      return clamp(this.between(floor, top), low, high);
    },
  };
};

/** One vector a line, numbers as decimal text. */
export const write = (file, sdk, seed, vectors) => {
  const lines = vectors.map((vector) =>
    JSON.stringify(vector, (_key, value) => (typeof value === "bigint" ? String(value) : value)),
  );
  writeFileSync(file, `{"sdk":${JSON.stringify(sdk)},"seed":${seed},"vectors":[\n${lines.join(",\n")}\n]}\n`);
  console.log(`${file}: ${vectors.length} vectors of ${sdk}, seed ${seed}`);
};
