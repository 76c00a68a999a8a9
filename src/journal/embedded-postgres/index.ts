/**
 * The default database: a real PostgreSQL from npm, below `<home>/postgres`, shared by all processes of that home.
 * The first process starts it, the last one stops it, and one left behind by a killed process is adopted.
 */
import { mkdir } from "node:fs/promises";
import { isCTOError } from "../../errors/index.ts";
import { DATABASE, ensureAppRole } from "./app-role.ts";
import { findBinaries } from "./binaries.ts";
import { embeddedFailure } from "./failure.ts";
import { type Holder, hold } from "./holder.ts";
import { initialise } from "./initialise.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { withLock } from "./lock.ts";
import { isAlive, readPostmaster } from "./postmaster.ts";
import { chooseRunAs } from "./run-as.ts";
import { appUrlOf, ensureRunning, type Server, stop, urlOf } from "./server.ts";

export type EmbeddedPostgres = {
  /** Of a role that owns the database and is no superuser. Contains the password: never log it. */
  readonly connectionString: string;
  /** Of the superuser, for tests that make databases of their own. */
  readonly adminConnectionString: string;
  /** Leaves; the last one to leave stops the server. Close your pools first. Calling it again does nothing. */
  close(): Promise<void>;
};

const enter = async (layout: Layout): Promise<{ server: Server; port: number; holder: Holder }> => {
  const binaries = await findBinaries();
  const runAs = await chooseRunAs(layout.data, binaries.pgCtl);
  const password = await initialise(layout, binaries, runAs);
  const server: Server = { layout, binaries, runAs, password };
  const port = await ensureRunning(server);
  await ensureAppRole((database) => urlOf(server, port, database), password);
  return { server, port, holder: await hold(urlOf(server, port, "postgres")) };
};

/** Returns whether a server of this home seems to run. */
export const isEmbeddedRunning = async (home: string): Promise<boolean> => {
  const found = await readPostmaster(layoutOf(home).data);
  return found !== null && isAlive(found.pid);
};

const explained = async <T>(layout: Layout, task: Promise<T>): Promise<T> => {
  try {
    return await task;
  } catch (error) {
    if (isCTOError(error)) throw error;
    throw await embeddedFailure(error instanceof Error ? error.message : String(error), layout.log);
  }
};

/**
 * Starts the server of this home, or joins it when it runs already.
 * @param options.home the CTO home directory; it is made when absent.
 * @throws `CTO_E_EMBEDDED_POSTGRES_FAILED`, with the last lines of the server's log.
 * @example
 * const postgres = await openEmbeddedPostgres({ home: ".cto" });
 * const journal = await createPostgresJournal({ connectionString: postgres.connectionString });
 * // … and at the end, in this order:
 * await journal.close();
 * await postgres.close();
 */
export const openEmbeddedPostgres = async ({ home }: { home: string }): Promise<EmbeddedPostgres> => {
  const layout = layoutOf(home);
  await explained(layout, mkdir(layout.root, { recursive: true }));
  const { server, port, holder } = await explained(
    layout,
    withLock(layout, () => enter(layout)),
  );
  let closing: Promise<void> | null = null;
  const leave = async (): Promise<void> => {
    const { last } = await holder.leave();
    if (last) await stop(server);
  };
  return {
    connectionString: appUrlOf(server, port),
    adminConnectionString: urlOf(server, port, DATABASE),
    close: () => {
      closing ??= explained(layout, withLock(layout, leave));
      return closing;
    },
  };
};
