// Packs the package, installs the packed files beside the project's dependencies, and uses them as a stranger would:
// imports the library, runs the binary, and compiles a caller against the types. And looks at what a production install
// would bring along: no venue's SDK, and no web3.js.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

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

/** Every package that the lock file installs without the development ones. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== "" && dev !== true);
  return installed.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
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
  run(join(root, "node_modules/.bin/tsc"), [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--skipLibCheck",
    "--types",
    "node",
    "--typeRoots",
    join(root, "node_modules/@types"),
    "caller.ts",
  ]);
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
  console.log(
    `package check: ${names.length} files, library, types and binary work; ${production.length} production packages, no SDK`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
