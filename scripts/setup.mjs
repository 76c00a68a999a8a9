// Makes `npm run demo` and `npm test` work as the first command after a clone. It needs only Node. It installs from the lock
// file if node_modules is missing or does not match the lock. With --redis it finds or installs a redis-server for the tests,
// with --chromium the browser of the end-to-end tests.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`);
  process.exit(1);
}

/** Compares our lock file with npm's copy of the lock that it installed. */
function isInstalled() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || present[path]?.version === version || (optional && !present[path]),
  );
}

if (!isInstalled()) {
  console.error("Installing the dependencies from package-lock.json …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2], // Only the next command may write to standard output.
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

const has = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;

/** Installs Debian packages, if apt-get exists and we are root. */
function install(what, ...packages) {
  if (process.getuid?.() !== 0 || !has("apt-get")) return;
  console.error(`Installing ${what} …`);
  const quiet = {
    stdio: ["ignore", "ignore", 2],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet);
}

if (process.argv.includes("--redis") && !process.env.REDIS_URL && !has("redis-server")) {
  // We do not use the package's service: the tests start their own servers on free ports.
  install("redis-server for the tests", "redis-server");
  if (!has("redis-server")) {
    console.error(
      "No Redis (REDIS_URL is unset, redis-server is not on the PATH): the Redis tests are skipped.",
    );
  }
}

const hasChromium = () => ["chromium", "chromium-browser", "google-chrome"].some(has);

if (process.argv.includes("--chromium") && !hasChromium()) {
  install("Chromium for the end-to-end test", "chromium", "fonts-dejavu-core");
  if (!hasChromium()) {
    console.error("No Chromium on the PATH: the end-to-end test needs one.");
    process.exit(1);
  }
}
