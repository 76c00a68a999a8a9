/** Makes the data directory, once per home. */
import { randomBytes } from "node:crypto";
import { access, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Binaries } from "./binaries.ts";
import { command } from "./command.ts";
import type { Layout } from "./layout.ts";
import type { RunAs } from "./run-as.ts";

/** The superuser, which starts, stops and watches the server: see app-role.ts for the role that others use. */
export const ROLE = "cto";

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  // A socket's path is limited to about 100 bytes, which a deep home exceeds; TCP on loopback serves alone.
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "64MB",
  // R1 rests on these two; they are the defaults, stated so that nobody's template changes them.
  fsync: "on",
  synchronous_commit: "on",
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const readOrMakePassword = async (layout: Layout): Promise<string> => {
  if (await exists(layout.password)) return (await readFile(layout.password, "utf8")).trim();
  if (await exists(layout.data))
    throw new Error(`${layout.password} is gone, and with it the way into ${layout.data}`);
  const password = randomBytes(24).toString("base64url");
  await writeFile(layout.password, `${password}\n`, { mode: 0o600 });
  return password;
};

const give = async (path: string, runAs: RunAs): Promise<void> => {
  if (runAs.owner !== null) await chown(path, runAs.owner.uid, runAs.owner.gid);
};

/** Brings the home into the state in which the server can start; answers its password. Call it under the lock. */
export const initialise = async (layout: Layout, binaries: Binaries, runAs: RunAs): Promise<string> => {
  const password = await readOrMakePassword(layout);
  await writeFile(layout.log, "", { mode: 0o600, flag: "a" });
  await give(layout.log, runAs);
  if (await exists(layout.data)) return password;

  await rm(layout.unfinished, { recursive: true, force: true });
  await mkdir(layout.unfinished, { mode: 0o700 });
  await give(layout.unfinished, runAs);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  await command(layout, runAs, binaries.initdb, [
    `--pgdata=${layout.unfinished}`,
    `--username=${ROLE}`,
    `--pwfile=${layout.password}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    ...settings,
  ]);
  await rename(layout.unfinished, layout.data);
  return password;
};
