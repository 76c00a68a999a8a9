/** Reads the current git commit for the run files. */
import { execFileSync } from "node:child_process";

/** Returns the current commit, with the suffix `-dirty` if tracked files have uncommitted changes. */
export const commitNow = (): string =>
  execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], {
    encoding: "utf8",
  }).trim();
