/** Before any file of the run: the browser must be there, the dashboard built, the old screenshots gone. */
import { rm } from "node:fs/promises";
import { build } from "vite";
import { requireChromium } from "./chromium.ts";
import { SCREENSHOTS } from "./page.ts";

export default async function setup(): Promise<void> {
  requireChromium();
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await build({ root: "web", configFile: "web/vite.config.ts", logLevel: "warn" });
}
