/** Which commit a run file speaks of. */
import { execFileSync } from "node:child_process";

/** The commit that is run, marked when files have been changed since. */
export const commitNow = (): string =>
  execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], {
    encoding: "utf8",
  }).trim();
