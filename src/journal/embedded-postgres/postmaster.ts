/** What `postmaster.pid` says about a server of this data directory: the file outlives a crash, so it is a hint. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

export type Postmaster = {
  readonly pid: number;
  readonly port: number;
};

/** Null when there is no such file, or it is not written completely yet. Lines: pid, data directory, start time, port. */
export const readPostmaster = async (data: string): Promise<Postmaster | null> => {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "");
  const [pid, , , port] = text.split("\n").map(Number);
  return Number.isInteger(pid) && Number.isInteger(port) && pid && port ? { pid, port } : null;
};

/** Whether any process has this id. EPERM means that one has it, of another user's. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/**
 * After a crash the pid may belong to a stranger, and PostgreSQL then refuses to start for fear of a second server.
 * Where the system tells what a process runs, and it is not a server, the file is stale beyond doubt and removed.
 */
export const removeIfStale = async (data: string, { pid }: Postmaster): Promise<void> => {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  // An empty one is a zombie's: dead, and not reaped by its parent, which in a container may be for good.
  if (commandLine === null || commandLine.includes("postgres")) return;
  await rm(join(data, "postmaster.pid"), { force: true });
};
