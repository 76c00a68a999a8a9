/** Loads the outside signers of the configuration: the default export of the module in CTO_SIGNERS. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Config } from "../config.ts";
import { CTOError } from "../errors/index.ts";
import type { Signers } from "../wallets/signer.ts";

const isSigners = (value: unknown): value is Signers =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((open) => typeof open === "function");

/** @throws `CTO_E_CONFIG_INVALID` */
export async function loadSigners({ CTO_SIGNERS }: Pick<Config, "CTO_SIGNERS">): Promise<Signers> {
  if (CTO_SIGNERS === undefined) return {};
  const invalid = (why: string) => new CTOError("CTO_E_CONFIG_INVALID", { problems: [`CTO_SIGNERS ${why}`] });
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(CTO_SIGNERS)).href);
  } catch (error) {
    // The module's error message may contain a secret, so we report only the error's name.
    throw invalid(
      `names a module that cannot be loaded (${error instanceof Error ? error.name : "unknown"})`,
    );
  }
  if (!isSigners(module.default))
    throw invalid("names a module whose default export is not an object of functions");
  return module.default;
}
