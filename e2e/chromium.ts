/** Finds and launches the browser of these tests: Debian's Chromium, which `npm run e2e` installs if it can. */
import { spawnSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const find = (): string | undefined =>
  NAMES.map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim()).find(
    (path) => path !== "",
  );

/** @returns the browser's path. @throws if there is none on the PATH */
export function requireChromium(): string {
  const path = find();
  if (path === undefined) throw new Error(`No Chromium on the PATH (looked for ${NAMES.join(", ")})`);
  return path;
}

const FLAGS = [
  "--headless",
  "--no-sandbox", // Chromium's own sandbox does not start as root in a container.
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Launches a browser with its own temporary profile. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: requireChromium(), args: FLAGS });
