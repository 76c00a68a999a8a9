/** Provides the common parts of the generators: seeded random numbers, and writing vectors. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Loads the SDKs, which are CommonJS, from the folder in which the generator runs. */
export const require = createRequire(join(process.cwd(), "package.json"));

export const versionOf = (name) =>
  `${name}@${JSON.parse(readFileSync(join(process.cwd(), "node_modules", name, "package.json"), "utf8")).version}`;

const clamp = (value, low, high) => [low, value, high].sort((a, b) => (a < b ? -1 : 1))[1];

/** Returns a random generator (xorshift64*). The same seed gives the same numbers. */
export const createRandom = (seed) => {
  let state = BigInt(seed);
  const next = () => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 2685821657736338717n);
  };
  return {
    /** Returns a number from `low` to `high`, both included. */
    between: (low, high) => low + (next() % (high - low + 1n)),
    /** Draws the number of digits first, so that small numbers are as frequent as large ones. */
    digits(low, high) {
      const digits = this.between(BigInt(String(low).length), BigInt(String(high).length));
      const floor = 10n ** (digits - 1n);
      const top = floor * 10n - 1n;
      return clamp(this.between(floor, top), low, high);
    },
  };
};

/** Writes one vector per line, with numbers as decimal text. */
export const write = (file, sdk, seed, vectors) => {
  const lines = vectors.map((vector) =>
    JSON.stringify(vector, (_key, value) => (typeof value === "bigint" ? String(value) : value)),
  );
  writeFileSync(file, `{"sdk":${JSON.stringify(sdk)},"seed":${seed},"vectors":[\n${lines.join(",\n")}\n]}\n`);
  console.log(`${file}: ${vectors.length} vectors of ${sdk}, seed ${seed}`);
};
