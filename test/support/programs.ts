/** The real program binaries, for tests: run where they are, skipped with the reason where they are not. */
import { resolve } from "node:path";
import { describe } from "vitest";
import {
  findProgramsFolder,
  type ProgramsFolder,
  readProgramsFolder,
} from "../../src/localnet/programs-folder.ts";

const CANDIDATES = ["../shared/programs", ".cto/programs"];

/** Null on a machine without them. */
export const programs = (): ProgramsFolder | null => {
  const folder = findProgramsFolder(CANDIDATES.map((path) => resolve(path)));
  return folder === null ? null : readProgramsFolder(folder);
};

export const describeWithPrograms = (name: string, run: (folder: ProgramsFolder) => void): void => {
  const folder = programs();
  if (folder === null) {
    console.warn(
      `skipped: ${name} (no program binaries in ${CANDIDATES.join(" or ")}; see cto programs fetch)`,
    );
    describe.skip(name, () => undefined);
    return;
  }
  describe(name, () => run(folder));
};
