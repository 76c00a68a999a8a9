/**
 * Defines `cto doctor`, which checks the configuration, and finds services that are unreachable and settings that are
 * weak.
 */
import type { Command } from "commander";
import { visible } from "../../base/visible.ts";
import { type Config, readConfig, unknownVariables } from "../../config.ts";
import { toFailure } from "../../errors/index.ts";
import { action } from "../action.ts";
import type { Check } from "../doctor/check.ts";
import { checkCluster } from "../doctor/cluster.ts";
import { checkNode } from "../doctor/node.ts";
import { checkJupiterPlan, checkPriorityFee, checkSecret, checkTracing } from "../doctor/settings.ts";
import { checkStorage } from "../doctor/storage.ts";
import { EXIT } from "../failures.ts";
import type { Colours } from "../terminal.ts";

/** An invalid configuration is a finding; it must not make the command itself fail. */
function checkConfig(): { check: Check; config?: Config } {
  try {
    const config = readConfig();
    const unknown = unknownVariables();
    const check: Check =
      unknown.length > 0
        ? { name: "configuration", state: "weak", detail: unknown.join("; ") }
        : { name: "configuration", state: "ok", detail: "every variable is valid" };
    return { config, check };
  } catch (error) {
    const { code, message } = toFailure(error);
    const detail = `${code}: ${message}; what to do: correct the variables that it names (docs/configuration.md)`;
    return { check: { name: "configuration", state: "broken", detail } };
  }
}

async function examine(production: boolean): Promise<Check[]> {
  const { check, config } = checkConfig();
  if (config === undefined) return [checkNode(), check];
  const [storage, cluster] = await Promise.all([
    checkStorage(config, production),
    checkCluster(config, production),
  ]);
  const settings = [
    checkSecret(config, production),
    checkPriorityFee(config),
    ...checkJupiterPlan(config),
    checkTracing(),
  ];
  return [checkNode(), check, ...storage, ...cluster, ...settings];
}

const HELP = `
Examples:
  $ cto doctor --json
  $ cto doctor --production
Exit code 1 when something that is needed is broken; with --production also when something is weak.`;

const paint = ({ state }: Check, { green, yellow, red, dim }: Colours): string =>
  ({ ok: green("ok    "), weak: yellow("weak  "), off: dim("off   "), broken: red("broken") })[state];

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("check what is configured, reachable and weak; secrets and credentials are never shown")
    .option(
      "--production",
      "check everything that real money needs; exits with 1 if anything is weak or broken",
    )
    .addHelpText("after", HELP)
    .action(
      action<[], { production?: boolean }>(async (terminal, _given, { production = false }) => {
        const checks = await examine(production);
        const ok = checks.every(({ state }) => state !== "broken" && !(production && state === "weak"));
        terminal.answer({ ok, checks }, () =>
          checks
            .map(
              (check) =>
                `${paint(check, terminal.colours)}  ${check.name.padEnd(13)}  ${visible(check.detail)}`,
            )
            .join("\n"),
        );
        return ok ? EXIT.done : EXIT.failed;
      }),
    );
}
