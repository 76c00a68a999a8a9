import { isCTOError, toFailure } from "../../errors/index.ts";

/** The result of one check of `cto doctor`. */
export type Check = {
  readonly name: string;
  /**
   * `off`: not configured, and not needed to enqueue. Only `broken` makes the command fail; with `--production`, `weak`
   * does, too.
   */
  readonly state: "ok" | "weak" | "off" | "broken";
  /** Contains only the host of a URL, and never a secret. */
  readonly detail: string;
};

/** Says why something failed, and what to do, for a detail. */
export function whyOf(error: unknown): string {
  const { code, message } = toFailure(error);
  return `${code}: ${message}${isCTOError(error) ? `; what to do: ${error.remedy}` : ""}`;
}
