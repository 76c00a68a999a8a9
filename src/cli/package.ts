/** Locates the package's own files. They are two folders up, both from the sources and from the build. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const packageSchema = z.object({ version: z.string() });

export const readVersion = (): string =>
  packageSchema.parse(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")))
    .version;

/** The folder to which `npm run build` writes the dashboard. */
export const webRoot = (): string => fileURLToPath(new URL("../../dist/web", import.meta.url));
