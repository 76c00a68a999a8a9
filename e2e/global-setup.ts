/** Builds the dashboard and starts one whole system, which all files of the run share. */
import { rm } from "node:fs/promises";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { requireChromium } from "./chromium.ts";
import { SCREENSHOTS } from "./page.ts";
import { type Address, startSystem } from "./system.ts";

declare module "vitest" {
  export interface ProvidedContext {
    system: Address;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  requireChromium();
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await build({ root: "web", configFile: "web/vite.config.ts", logLevel: "warn" });
  const system = await startSystem();
  provide("system", system.address);
  return system.close;
}
