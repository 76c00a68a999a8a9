/**
 * Writes the tables in `docs/` that follow from the code: errors and configuration.
 * With `--check` it writes nothing and fails when they are not those of the code.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describeConfig } from "../src/config.ts";
import { REGISTRY } from "../src/errors/index.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

const errors = `# Errors

Every error has a code that never changes meaning. \`cto errors <code>\` prints the same. This page is generated from
\`src/errors/registry.ts\` by \`npm run docs\`.

| code | cause | what to do |
|---|---|---|
${Object.entries(REGISTRY)
  .map(([code, { cause, remedy }]) => `| \`${code}\` | ${cell(cause)} | ${cell(remedy)} |`)
  .join("\n")}
`;

const configuration = `# Configuration

All settings are environment variables, read once at start-up; a wrong or weak one stops the process with
\`CTO_E_CONFIG_INVALID\`. \`cto doctor\` shows what is in force. This page is generated from \`src/config.ts\` by
\`npm run docs\`.

| variable | default | meaning |
|---|---|---|
${describeConfig()
  .map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback} | ${cell(meaning)} |`)
  .join("\n")}
`;

const check = process.argv.includes("--check");
for (const [file, content] of Object.entries({
  "docs/errors.md": errors,
  "docs/configuration.md": configuration,
})) {
  if (!check) writeFileSync(file, content);
  else if (readFileSync(file, "utf8") !== content) {
    console.error(`${file} is not that of the code: run \`npm run docs\``);
    process.exitCode = 1;
  }
}
