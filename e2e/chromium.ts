/** Debian's Chromium, which `npm run e2e` installs where it may; the browser of these tests. */
import { spawnSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const find = (): string | undefined =>
  NAMES.map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim()).find(
    (path) => path !== "",
  );

/** @returns where it is */
export function requireChromium(): string {
  const path = find();
  if (path === undefined) throw new Error(`No Chromium on the PATH (looked for ${NAMES.join(", ")})`);
  return path;
}

const FLAGS = [
  "--headless",
  "--no-sandbox", // Of root, in a container: Chromium's own sandbox does not start there.
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** With a profile of its own, which is gone once it is closed. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: requireChromium(), args: FLAGS });
