/** Finds the real program binaries for tests. Without them, the tests that need them are skipped, with the reason. */
import { resolve } from "node:path";
import { describe } from "vitest";
import {
  findProgramsFolder,
  type ProgramsFolder,
  readProgramsFolder,
} from "../../src/localnet/programs-folder.ts";
import { PUMPSWAP_PROGRAM } from "../../src/venues/pumpswap/program.ts";

const CANDIDATES = ["../shared/programs", ".cto/programs"];

/** Returns the programs, or null on a machine without them. */
export const programs = (): ProgramsFolder | null => {
  const folder = findProgramsFolder(CANDIDATES.map((path) => resolve(path)));
  return folder === null ? null : readProgramsFolder(folder);
};

/** The folders with PumpSwap. It was added later, so it is in a second set of binaries that uses the same accounts. */
const WITH_PUMPSWAP = ["../shared/programs/2026-10", ".cto/programs"];

/** Returns the set with PumpSwap, or null on a machine without PumpSwap's program. */
const pumpswapPrograms = (): ProgramsFolder | null => {
  const found = findProgramsFolder(WITH_PUMPSWAP.map((path) => resolve(path)));
  const newer = found === null ? null : readProgramsFolder(found);
  if (newer === null || !newer.programs.some(({ address }) => address === PUMPSWAP_PROGRAM)) return null;
  return newer.accounts.size > 0 ? newer : { ...newer, accounts: programs()?.accounts ?? newer.accounts };
};

/**
 * Returns the newest binary of every program: those of October 2026 replace the older ones. Returns null on a machine
 * without any.
 */
export const newestPrograms = (): ProgramsFolder | null => {
  const [older, newer] = [programs(), pumpswapPrograms()];
  if (older === null || newer === null) return older ?? newer;
  const byAddress = new Map([...older.programs, ...newer.programs].map((one) => [one.address, one]));
  return { ...older, programs: [...byAddress.values()] };
};

const describeWith =
  (find: () => ProgramsFolder | null, places: readonly string[]) =>
  (name: string, run: (folder: ProgramsFolder) => void): void => {
    const folder = find();
    if (folder === null) {
      console.warn(
        `skipped: ${name} (no program binaries in ${places.join(" or ")}; see cto programs fetch)`,
      );
      describe.skip(name, () => undefined);
      return;
    }
    describe(name, () => run(folder));
  };

export const describeWithPrograms = describeWith(programs, CANDIDATES);
export const describeWithNewestPrograms = describeWith(newestPrograms, CANDIDATES);
export const describeWithPumpswap = describeWith(pumpswapPrograms, WITH_PUMPSWAP);
