/** Tests that docs/rules.md and the rule numbers in the source's comments agree, in both directions. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const page = readFileSync("docs/rules.md", "utf8");
const RULE = /\b[RP][1-9]\b/g;

const sections = new Map(
  page.split(/^### /m).flatMap((section) => {
    const number = /^([RP]\d): /.exec(section)?.[1];
    return number === undefined ? [] : [[number, section] as const];
  }),
);

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));

const comments = (text: string): string =>
  [...text.matchAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm)].map(([comment]) => comment).join("\n");

it("has a page with a reason and a place for each rule", () => {
  expect([...sections.keys()]).toEqual([
    "R1",
    "R2",
    "R3",
    "R4",
    "R5",
    "R6",
    "R7",
    "R8",
    "P1",
    "P2",
    "P3",
    "P4",
    "P5",
    "P6",
  ]);
  for (const [number, section] of sections) {
    expect(section, number).toContain("**Why:**");
    expect(section, number).toContain("**Enforced in:**");
  }
});

it("cites only rules that the page has", () => {
  const unknown = ["src", "sim", "crash", "mutants", "hostile", "bench"]
    .flatMap(filesOf)
    .flatMap((file) =>
      [...comments(readFileSync(file, "utf8")).matchAll(RULE)]
        .filter(([number]) => !sections.has(number))
        .map(([number]) => `${file}: ${number}`),
    );
  expect(unknown).toEqual([]);
});

it("names only files that cite the rule", () => {
  const silent = [...sections].flatMap(([number, section]) => {
    const places = section.split("**Enforced in:**")[1] ?? "";
    return [...places.matchAll(/`([^`]+\.ts)`/g)]
      .map(([, file = ""]) => file)
      .filter((file) => !comments(readFileSync(file, "utf8")).includes(number))
      .map((file) => `${number}: ${file}`);
  });
  expect(silent).toEqual([]);
});
