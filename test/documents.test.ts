/** Tests that the documents and deployment files name only commands, files, settings and metrics that exist. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { sidebarOf } from "../scripts/site/pages.ts";
import { slugOf } from "../scripts/site/slug.ts";
import { createProgram } from "../src/cli/program.ts";
import { describeConfig } from "../src/config.ts";

const read = (file: string): string => readFileSync(file, "utf8");
/** Returns all files of a folder, or the file itself. */
const within = (path: string): string[] =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(path).flatMap((name) => within(join(path, name)))
    : [path];

const DOCUMENTS = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...within("docs").filter((name) => name.endsWith(".md")),
  "llms.txt",
];
const PAGES = ["docs/going-live.md", "docs/runbook.md", "docs/tutorials.md"];
const SETTINGS = new Set(describeConfig().map(({ name }) => name));

/** Splits a shell line into words. Quotes and comments are understood. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/\s#.*$/, "").matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );

const fenced = (file: string): string[] =>
  [...read(file).matchAll(/```bash\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => block.trim().split("\n"));

const spans = (file: string): string[] =>
  [
    ...read(file)
      .replace(/```[\s\S]*?```/g, "")
      .matchAll(/`(cto [^`]+)`/g),
  ].map(([, span = ""]) => span);

/** The real command line with all its checks, but its commands do nothing. */
function parser(): Command {
  const idle = (command: Command): void => {
    for (const each of command.commands) idle(each);
    if (command.commands.length === 0) command.action(() => undefined);
  };
  const program = createProgram();
  idle(program);
  return program;
}

const parses = (words: readonly string[]): Promise<Command> =>
  parser().parseAsync([...words], { from: "user" });

/** The command that the words name, as far as they name one. */
const commandOf = (words: readonly string[]): Command => {
  let found: Command = createProgram();
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    found = next;
  }
  return found;
};

/** Returns the options in a command's words that the command does not have. */
const unknownOptions = (words: readonly string[]): string[] => {
  const known = [...commandOf(words).options, ...createProgram().options].map(({ long }) => long);
  return words.filter((word) => /^--[a-z]/.test(word) && ![...known, "--help", "--version"].includes(word));
};

/** Returns true if the first words name a command. */
function isCommand([first, second]: readonly string[]): boolean {
  const found = createProgram().commands.find((command) => command.name() === first);
  if (found === undefined) return false;
  return found.commands.length === 0 || found.commands.some((command) => command.name() === second);
}

describe("the documents", () => {
  it.each(PAGES)("%s gives commands that are understood as they stand", async (file) => {
    const lines = fenced(file).filter((line) => line.startsWith("cto "));
    for (const line of lines) await parses(wordsOf(line).slice(1));
    const named = spans(file).map((span) => wordsOf(span).slice(1));
    expect(named.filter((words) => !isCommand(words))).toEqual([]);
    expect(lines.length + named.length).toBeGreaterThan(3);
  });

  it.each(DOCUMENTS)("%s has only shell blocks that bash and the command line understand", async (file) => {
    const blocks = [...read(file).matchAll(/```(?:bash|sh|console)\n([\s\S]*?)```/g)].map(([, block = ""]) =>
      block.replace(/<[a-z][a-zA-Z' ]*>/g, "PLACEHOLDER"),
    );
    for (const block of blocks) {
      const checked = spawnSync("bash", ["-n"], { input: block, encoding: "utf8" });
      expect(`${checked.status} ${checked.stderr}`, block).toBe("0 ");
      for (const line of block.split("\n")) {
        const command = /^(?:[A-Z_]+=\S+ )*(?:npx )?cto ([^|]+)/.exec(line)?.[1];
        if (command !== undefined) await parses(wordsOf(command));
      }
    }
  });

  it.each(DOCUMENTS)("%s names only options that the commands in its sentences have", (file) => {
    expect(spans(file).filter((span) => unknownOptions(wordsOf(span).slice(1)).length > 0)).toEqual([]);
  });

  it("refuse a command that does not exist", async () => {
    await expect(parses(["wallets", "generat", "alice"])).rejects.toThrow();
    await expect(parses(["enqueue", "alice", "mint", "0.01"])).rejects.toThrow();
    expect(isCommand(["wallets", "generat"])).toBe(false);
    expect(unknownOptions(["limits", "set", "--per-day", "1", "--mode", "x", "--json"])).toEqual(["--mode"]);
  });

  it("link to files that exist, and that the package carries", () => {
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    const carried = new Set(
      files
        .filter((name) => name !== "dist")
        .flatMap(within)
        .map(normalize),
    );
    const links = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, to = ""]) => ({
        file,
        to: normalize(join(dirname(file), to)).replace(/\/$/, ""),
      })),
    );
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(({ to }) => !existsSync(to))).toEqual([]);
    const ours = links.filter(({ file }) => carried.has(file));
    expect(
      ours.filter(({ to }) => ![...carried].some((one) => one === to || one.startsWith(`${to}/`))),
    ).toEqual([]);
  });
});

it("the page about sizing states the counts that the bench has recorded", () => {
  type Row = { figures: { what: string; value: number; unit: string }[] };
  const rows = JSON.parse(read("bench/results.json")) as Record<"journal" | "rpc", Row>;
  const of = (row: "journal" | "rpc", what: RegExp): string =>
    rows[row].figures
      .filter((figure) => what.test(figure.what) && /calls|trips/.test(figure.unit))
      .map(({ value }) => value)
      .join(" / ");
  const page = read("docs/sizing.md");
  const stated = (beginning: string): string =>
    page.split("\n").find((line) => line.startsWith(`| ${beginning}`)) ?? "";
  const journal = `${of("journal", /^per operation/)} | ${of("journal", /^per leg/)}`;
  expect(stated("round trips to PostgreSQL")).toContain(`| ${journal} |`);
  for (const venue of ["pump.fun", "the localnet's desk"]) {
    const calls = of("rpc", new RegExp(`^${venue.replace("localnet's ", "")}, \\d+ legs: other calls`));
    expect(calls).toMatch(/^\d+( \/ \d+)+$/);
    expect(stated(`other calls to the endpoint, ${venue}`)).toContain(`| ${calls} |`);
  }
});

describe("the documents' site", () => {
  it("has each page in one group of its side bar", () => {
    const listed = sidebarOf().flatMap(({ items }) => items.map(({ link }) => link));
    for (const page of DOCUMENTS.filter((name) => name.endsWith(".md") && name !== "README.md"))
      expect(listed).toContain(`/${page.replace(/\.md$/, "")}`);
    expect(listed).toContain("/");
  });

  it("finds each heading that a page links to, as the repository's host does", () => {
    const headings = new Map<string, Set<string>>();
    const headingsOf = (file: string): Set<string> => {
      const known = headings.get(file);
      if (known !== undefined) return known;
      const text = read(file).replace(/```[\s\S]*?```/g, "");
      const found = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => slugOf(title)));
      headings.set(file, found);
      return found;
    };
    const links = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].map(([, to = "", heading = ""]) => ({
        page: to === "" ? file : normalize(join(dirname(file), to)),
        heading,
      })),
    );
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(({ page, heading }) => !headingsOf(page).has(heading))).toEqual([]);
    expect(headingsOf("README.md").has("no-such-heading")).toBe(false);
  });
});

describe("the files for running it", () => {
  it("name commands and settings that exist", async () => {
    const compose = read("docker-compose.yml");
    for (const [, list = ""] of compose.matchAll(/^ {4}command: (\["(?:serve|worker|demo).*\])$/gm))
      await parses(JSON.parse(list) as string[]);
    for (const unit of within("deploy/systemd")) {
      const [, line = ""] = /^ExecStart=\/usr\/bin\/env cto (.+)$/m.exec(read(unit)) ?? [];
      await parses(wordsOf(line.replaceAll("%i", "1")));
      if (unit.includes("worker")) expect(line).toContain("--metrics-port");
    }
    for (const template of ["server", "worker"]) {
      const chart = read(`deploy/helm/cto-queue/templates/${template}.yaml`);
      const [, args = ""] = /^ {10}args: (\[.*\])$/m.exec(chart) ?? [];
      await parses(JSON.parse(args) as string[]);
    }
    const [, standard = ""] = /^CMD (\[.*\])$/m.exec(read("Dockerfile")) ?? [];
    await parses(JSON.parse(standard) as string[]);
    const files = [
      "docker-compose.yml",
      "Dockerfile",
      ...PAGES,
      ...within("deploy/systemd"),
      ...within("deploy/helm"),
    ];
    const named = files.flatMap((file) => read(file).match(/\bCTO_[A-Z0-9_]+(?<!_)\b/g) ?? []);
    const settings = named.filter((name) => !name.startsWith("CTO_E_"));
    expect(settings.length).toBeGreaterThan(3);
    expect(settings.filter((name) => !SETTINGS.has(name))).toEqual([]);
    const given = [...compose.matchAll(/^ {8}([A-Z][A-Z_]+): (?:postgres:|redis:|\$\{)/gm)].map(
      ([, name]) => name,
    );
    expect(given.filter((name) => !SETTINGS.has(name ?? ""))).toEqual([]);
    expect(given).toContain("SOLANA_RPC_URL");
    const { services } = parse(compose, { merge: true });
    for (const { env_file, environment } of [services.server, services.worker]) {
      expect(env_file).toEqual([{ path: ".env", required: false }]);
      // Settings of .env for a start without containers do not move the journal or the queue.
      expect(environment).toMatchObject({ MONGODB_URI: "", REDIS_SENTINELS: "", CTO_HOME: "/var/lib/cto" });
    }
  });

  it("never run two releases side by side on Kubernetes, unless the operator says so", () => {
    const values = parse(read("deploy/helm/cto-queue/values.yaml"));
    for (const part of ["server", "worker"]) {
      expect(values[part].strategy).toEqual({ type: "Recreate" });
      const template = read(`deploy/helm/cto-queue/templates/${part}.yaml`);
      expect(template).toContain(`\n  strategy: {{- toYaml .Values.${part}.strategy | nindent 4 }}\n`);
    }
  });

  it("release and install the version that the package has, with what a release runs", () => {
    const { version, scripts } = JSON.parse(read("package.json")) as {
      version: string;
      scripts: Record<string, string>;
    };
    const chart = parse(read("deploy/helm/cto-queue/Chart.yaml")) as { version: string; appVersion: string };
    expect([chart.version, chart.appVersion]).toEqual([version, version]);
    const release = parse(read(".github/workflows/release.yml")) as {
      jobs: { package: { permissions: object; steps: { run?: string }[] } };
    };
    const { permissions, steps } = release.jobs.package;
    expect(permissions).toMatchObject({ "id-token": "write" });
    const runs = steps.map(({ run = "" }) => run).join("\n");
    expect(runs).toContain("bash .ci/run");
    expect(runs).toMatch(/npm publish .*--provenance/);
    for (const [, script = ""] of runs.matchAll(/npm run (?:--silent )?(\S+)/g))
      expect(scripts).toHaveProperty([script]);
  });

  it("name every package of an installation that asks for a newer Node than ours", () => {
    type Entry = { dev?: boolean; optional?: boolean; engines?: { node?: string } };
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Entry> };
    const newer = Object.entries(packages)
      .filter(([, { dev, engines }]) => dev !== true && /^>=\s*2[1-9]/.test(engines?.node ?? ""))
      .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
    const section = read("README.md").split("### On Node 20")[1]?.split("\n## ")[0] ?? "";
    const named = [...section.matchAll(/`([a-z-]+)` \d/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(newer.sort());
  });

  it("alert on metrics that are exported, and show them", () => {
    const sources = read("src/runtime/metrics.ts") + read("src/server/routes/metrics.ts");
    const exported = new Set(sources.match(/(?<=")cto_[a-z_]+(?=")/g));
    for (const file of ["deploy/prometheus/alerts.yml", "deploy/grafana/cto.json"]) {
      const used = (read(file).match(/\bcto_[a-z_]+/g) ?? []).map((name) => name.replace(/_bucket$/, ""));
      expect(used.length).toBeGreaterThan(5);
      expect(used.filter((name) => !exported.has(name))).toEqual([]);
    }
    for (const { targets } of JSON.parse(read("deploy/grafana/cto.json")).panels)
      expect(targets).toHaveLength(1);
  });
});
