// Packs the package, installs the packed files beside the project's dependencies, and uses them as an outside user would: it
// imports the library, runs the binary, and compiles a caller against the types. It also checks that a production install
// contains no SDK of a venue and no web3.js.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { packClient } from "./pack-client.mjs";

const root = resolve(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "cto-package-"));
const run = (command, args, options = {}) =>
  execFileSync(command, args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    ...options,
  });

const FOREIGN =
  /(^|\/)(web3\.js|(raydium|pump|pump-swap|dynamic-bonding-curve|cp-amm|anchor)[^/]*)$|^@(raydium-io|pump-fun|meteora-ag|jup-ag|coral-xyz)\//;

/** Returns every package that the lock file installs in production. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== "" && dev !== true);
  return installed.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
}

const COMPILER = [
  "--strict",
  "--exactOptionalPropertyTypes",
  "--noUncheckedIndexedAccess",
  "--target",
  "es2023",
].concat(["--skipLibCheck", "--types", "node", "--typeRoots", join(root, "node_modules/@types")]);
const compile = (...options) => run(join(root, "node_modules/.bin/tsc"), [...COMPILER, ...options]);

/** The longest run time of the program, ms. It must end by itself within this time. */
const PROGRAM_MS = 120_000;

/** Runs the program beside `cto start` of the same package, in the same folder and without settings. */
async function runProgram() {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const main = join(directory, "package/dist/cli/main.js");
  const server = spawn("node", [main, "start", "--port", "0"], {
    cwd: directory,
    env: { ...env, CTO_HTTP_PORT: "0" },
  });
  try {
    await new Promise((ready, failed) => {
      let said = "";
      const listen = (chunk) => {
        said += chunk;
        if (/^Ready/m.test(said)) ready();
      };
      server.stdout.on("data", listen);
      server.stderr.on("data", listen);
      server.once("exit", () => failed(new Error(`cto start has ended: ${said}`)));
    });
    return run("node", ["out/program.js"], { env, timeout: PROGRAM_MS });
  } finally {
    const ended = new Promise((over) => server.once("exit", over));
    server.kill("SIGTERM");
    await ended;
  }
}

const bytesOf = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/** Checks an installation of the client alone: the client and all its dependencies. */
function checkClient() {
  const alone = join(directory, "client-alone");
  const modules = join(alone, "node_modules");
  mkdirSync(join(modules, "cto-queue-client"), { recursive: true });
  run("tar", ["-xzf", packClient(alone), "--strip-components", "1", "-C", join(modules, "cto-queue-client")]);
  const names = ["cto-queue-client"];
  const scripts = [];
  let bytes = 0;
  for (const name of names) {
    const path = join(modules, name);
    if (name !== "cto-queue-client") symlinkSync(join(root, "node_modules", name), path);
    const described = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    for (const found of Object.keys(described.dependencies ?? {}))
      if (!names.includes(found)) names.push(found);
    for (const script of ["preinstall", "install", "postinstall"])
      if (described.scripts?.[script] !== undefined) scripts.push(`${name}: ${script}`);
    bytes += bytesOf(path);
  }
  assert.deepEqual(scripts, [], "the client runs scripts at its installation");
  writeFileSync(join(alone, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(alone, "page.ts"),
    `import { createClient, type OperationDetail } from "cto-queue-client";
const client = createClient({ url: "http://127.0.0.1:1", key: "k" });
const status = (one: OperationDetail): "waiting" | string => one.status;
console.log(typeof client.operations.retry, status.length);
`,
  );
  const sources = [
    join(alone, "page.ts"),
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--lib",
    "es2023,dom",
  ];
  compile(...sources, "--outDir", alone);
  assert.match(run("node", [join(alone, "page.js")]), /^function 1/);
  return `the client alone: ${names.length} packages, ${(bytes / 1e6).toFixed(1)} MB, ${scripts.length} install scripts`;
}

/** Checks that each document of the package links only to files of the package. Returns the number of links. */
function checkDocuments(documents) {
  const links = documents.flatMap((page) =>
    [...readFileSync(join(directory, "package", page), "utf8").matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(
      ([, to]) => ({ page, to, path: join(directory, "package", dirname(page), to) }),
    ),
  );
  const dead = links.filter(({ path }) => !existsSync(path)).map(({ page, to }) => `${page}: ${to}`);
  assert.deepEqual(dead, [], "documents of the package link to files that it does not have");
  assert.ok(links.length > 50, "the package's documents hold no links");
  return links.length;
}

try {
  const production = productionPackages();
  assert.ok(production.includes("@solana/kit"), "the lock file's production packages cannot be told");
  const foreign = production.filter((name) => FOREIGN.test(name));
  assert.deepEqual(foreign, [], "a production install holds packages that it must not");
  const [{ filename, files }] = JSON.parse(
    run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], { cwd: root }),
  );
  const names = files.map(({ path }) => path);
  for (const wanted of [
    "dist/index.js",
    "dist/index.d.ts",
    "dist/jobs/index.js",
    "dist/cli/main.js",
    "dist/client/index.js",
    "dist/client/index.d.ts",
    "dist/web/index.html",
    "LICENSE",
    "README.md",
  ]) {
    assert.ok(names.includes(wanted), `${wanted} is not in the package`);
  }
  assert.ok(!names.some((name) => /^(src|test|\.ci)\//.test(name)), "the package holds sources or tests");
  run("tar", ["-xzf", join(directory, filename)]);
  mkdirSync(join(directory, "node_modules"));
  const links = checkDocuments(names.filter((name) => name.endsWith(".md") || name === "llms.txt"));
  symlinkSync(join(root, "node_modules"), join(directory, "package", "node_modules"));
  symlinkSync(join(directory, "package"), join(directory, "node_modules", "cto-queue"));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(directory, "caller.ts"),
    `import { enqueueCTOOperation, getCTOJobStatus, type CTOJob } from "cto-queue";
const job: CTOJob = { userId: "u", userChatId: 1, tokenAddress: "t", buyAmount: 1.5, mode: "standard", platform: "auto" };
const answer: Promise<{ jobId: string }> = enqueueCTOOperation(job, 1, { slippageBps: 100 });
// @ts-expect-error a mode that does not exist
const wrong: CTOJob = { ...job, mode: "mixed" };
console.log(typeof answer, wrong, getCTOJobStatus);
`,
  );
  compile("--noEmit", "--module", "nodenext", "caller.ts");
  copyFileSync(join(root, "scripts/package-check-program.ts"), join(directory, "program.ts"));
  compile("--noEmit", "--module", "esnext", "--moduleResolution", "bundler", "program.ts");
  compile("--module", "nodenext", "--outDir", "out", "program.ts");
  const exported = run("node", [
    "-e",
    'import("cto-queue").then((m) => console.log(Object.keys(m).join(" ")))',
  ]);
  for (const name of [
    "enqueueCTOOperation",
    "getCTOJobStatus",
    "cancelCTOJob",
    "subscribeToProgress",
    "closeAll",
  ]) {
    assert.ok(exported.split(/\s/).includes(name), `the package does not export ${name}`);
  }
  const code = run("node", [join(directory, "package/dist/cli/main.js"), "errors", "CTO_E_USER_UNKNOWN"]);
  assert.match(code, /CTO_E_USER_UNKNOWN/);
  console.log((await runProgram()).trim());
  console.log(checkClient());
  console.log(
    `package check: ${names.length} files, ${links} links of its documents, library, types and binary work; ${production.length} production packages, no SDK`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
