/** Tests the lock file: it is complete, it names no registry, and the bill of materials lists what it installs. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
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

describe("the bill of materials that `npm run sbom` prints", () => {
  type Bill = {
    components: { name: string; version: string; "bom-ref": string; hashes?: { content: string }[] }[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  let bill: Bill;
  beforeAll(async () => {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const { stdout } = await promisify(execFile)(npm, ["run", "--silent", "sbom"], { maxBuffer: 2 ** 26 });
    bill = JSON.parse(stdout);
  });

  it("lists every production dependency of package.json, also those that development tools want too", async () => {
    const { dependencies, optionalDependencies } = JSON.parse(await readFile("package.json", "utf8"));
    const names = new Set(bill.components.map(({ name }) => name));
    const wanted = Object.keys({ ...dependencies, ...optionalDependencies });
    expect(wanted.length).toBeGreaterThan(40);
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it("lists what is installed without development tools, each in its version, and nothing else", () => {
    const installed = Object.entries(packages)
      .filter(([path, { dev }]) => path !== "" && !dev)
      .map(([path, { version }]) => `${path.split("node_modules/").at(-1)}@${version}`);
    const listed = bill.components.map(({ name, version }) => `${name}@${version}`);
    expect(listed.sort()).toEqual([...new Set(installed)].sort());
  });

  it("says who wants whom, by references that it has", () => {
    const refs = new Set(bill.components.map((component) => component["bom-ref"]));
    const named = bill.dependencies.flatMap(({ dependsOn }) => dependsOn);
    expect(named.filter((ref) => !refs.has(ref))).toEqual([]);
    const ours = bill.dependencies[0]?.dependsOn.map((ref) => ref.replace(/@[^@]+$/, ""));
    expect(ours).toEqual(expect.arrayContaining(["zod", "picocolors", "@opentelemetry/api", "pg"]));
  });
});
