/** Tests the lock file: it is complete, and it names no registry. */
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";

type Locked = {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Record<string, string>;
};

/** Optional, and for other platforms than the one that was locked on. CONTRIBUTING.md names this exception. */
const WITHOUT_INTEGRITY = /^node_modules\/litesvm-(?!linux-x64-gnu$)/;

let packages: Record<string, Locked>;
beforeAll(async () => {
  packages = JSON.parse(await readFile("package-lock.json", "utf8")).packages;
});

describe("the lock file", () => {
  it("has the integrity of every package, and the address of none", () => {
    const locked = Object.entries(packages).filter(([path]) => path !== "");
    expect(locked.length).toBeGreaterThan(500);
    const without = locked.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""));
    expect(without.filter(([path, { optional }]) => !optional || !WITHOUT_INTEGRITY.test(path))).toEqual([]);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it("has the packages of every platform", () => {
    const names = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !names.has(name));
    expect(missing).toEqual([]);
  });
});
