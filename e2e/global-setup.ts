/**
 * Prepares a run: checks for a browser, deletes old screenshots, builds the dashboard and the client, and starts
 * PostgreSQL.
 */
import { rm } from "node:fs/promises";
import { build as bundle } from "tsdown";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { removeBundles } from "../test/support/bundle.ts";
import { startTestPostgres } from "../test/support/postgres.ts";
import { CLIENT } from "../tsdown.config.ts";
import { requireChromium } from "./chromium.ts";
import { SCREENSHOTS } from "./page.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  requireChromium();
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await build({ root: "web", configFile: "web/vite.config.ts", logLevel: "warn" });
  await bundle({ ...CLIENT, config: false, dts: false, logLevel: "error" });
  const { postgres, stop } = await startTestPostgres();
  project.provide("testPostgres", postgres);
  const bundles = `e2e-${process.pid}`;
  project.provide("bundles", bundles);
  return async () => {
    await Promise.all([stop(), removeBundles(bundles)]);
  };
}
