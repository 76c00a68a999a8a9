/** Tests fetching programs from a cluster that has them, and the error for a folder that cannot be used. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { fetchPrograms } from "../../src/cli/programs/fetch.ts";
import { startLocalnet } from "../../src/localnet/index.ts";
import { prepareVenues } from "../../src/localnet/launch/index.ts";
import { findProgramsFolder, readProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { describeWithPrograms } from "../support/programs.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cto-programs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describeWithPrograms("fetching programs", (given) => {
  it("gives back the very files that the cluster has loaded, and changes nothing the second time", async () => {
    await using localnet = await startLocalnet({ programs: given.programs, slotMs: 40 });
    await prepareVenues(localnet.cluster, given);
    const chain = createChain({ urls: [localnet.rpcUrl] });
    const first = await fetchPrograms(chain, folder);
    const written = first.filter(({ outcome }) => outcome === "written").map(({ file }) => basename(file));
    expect(written).toEqual(expect.arrayContaining(["pump.so", "raydium_cp_swap.so", "pump_global.json"]));
    expect(first.find(({ file }) => file.endsWith("heaven.so"))?.outcome).toBe("absent");
    for (const { address, path } of given.programs.filter(({ path }) => !path.includes("stub"))) {
      const same = readProgramsFolder(folder).programs.find((program) => program.address === address);
      expect((await readFile(same?.path ?? "")).equals(await readFile(path))).toBe(true);
    }
    const second = await fetchPrograms(chain, folder);
    chain.close();
    expect(second.filter(({ outcome }) => outcome === "written")).toEqual([]);
    expect(findProgramsFolder([join(folder, "none"), folder])).toBe(folder);
  });
});

describe("a folder of programs", () => {
  it.each([
    ["pump.so", "not an ELF file", "no ELF file"],
    ["unheard-of.so", "", "of no known program"],
  ])("is refused for %s, naming the file", async (name, content, reason) => {
    await writeFile(join(folder, name), content);
    expect(() => readProgramsFolder(folder)).toThrow(
      expect.objectContaining({ code: "CTO_E_LOCALNET_FAILED" }),
    );
    expect(() => readProgramsFolder(folder)).toThrow(reason);
    expect(() => readProgramsFolder(folder)).toThrow(name);
  });

  it("that is not there is named, with how to get one", () => {
    expect(() => readProgramsFolder(join(folder, "none"))).toThrow(
      expect.objectContaining({
        code: "CTO_E_LOCALNET_PROGRAMS_MISSING",
        message: expect.stringContaining(join(folder, "none")),
        remedy: expect.stringContaining("cto programs fetch"),
      }),
    );
    expect(findProgramsFolder([join(folder, "none")])).toBeNull();
  });
});
