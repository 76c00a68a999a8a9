/**
 * Provides MongoDB for tests: MONGODB_URI if it is set, else a server that this run starts (see scripts/mongo-server.ts), else
 * none. Each test has its own database.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findMongoServer } from "../../scripts/mongo-server.ts";
import { freePort } from "./free-port.ts";
import { openDoor } from "./one-at-a-time.ts";

declare module "vitest" {
  interface ProvidedContext {
    testMongo: TestMongo | null;
  }
}

/** The run's MongoDB server. `allowStandalone` is the value that MONGODB_ALLOW_STANDALONE needs for it. */
export type TestMongo = {
  readonly uri: string;
  readonly allowStandalone: boolean;
  /** The server's own URI, without the proxy that gives it MongoDB's atomicity; null if there is no proxy. */
  readonly bareUri: string | null;
};

export type MongoServer = {
  readonly uri: string;
  readonly bareUri: string;
  /** Kills the server with SIGKILL, and starts it again on the same port with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

const POLL_MS = 20;

const start = async (program: string, port: number, folder: string): Promise<ChildProcess> => {
  const server = spawn(program, [`127.0.0.1:${port}`, folder], { stdio: ["ignore", "ignore", "inherit"] });
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error(`${program} ended with ${server.exitCode}`);
    await sleep(POLL_MS);
  }
  return server;
};

const end = async (server: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill(signal);
  await exited;
};

/**
 * Starts a separate server on a free port. Returns null if there is no server program.
 *
 * @param parent where its data lie
 */
export async function startMongoServer(parent = tmpdir()): Promise<MongoServer | null> {
  const program = findMongoServer();
  if (program === null) return null;
  const directory = await mkdtemp(join(parent, "cto-mongo-"));
  const data = join(directory, "data");
  await mkdir(data);
  const port = await freePort();
  let server = await start(program, port, data);
  const door = await openDoor(port);
  return {
    uri: `mongodb://127.0.0.1:${door.port}/`,
    bareUri: `mongodb://127.0.0.1:${port}/`,
    async restart() {
      await end(server, "SIGKILL");
      server = await start(program, port, data);
    },
    async stop() {
      await door.close();
      await end(server, "SIGTERM");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Finds or starts the run's MongoDB. If there is none, prints one line and returns null. */
export async function startTestMongo(): Promise<{ mongo: TestMongo | null; stop(): Promise<void> }> {
  const given = process.env.MONGODB_URI;
  if (given !== undefined && given !== "") {
    return { mongo: { uri: given, allowStandalone: false, bareUri: null }, stop: async () => undefined };
  }
  const server = await startMongoServer();
  if (server !== null)
    return {
      mongo: { uri: server.uri, allowStandalone: true, bareUri: server.bareUri },
      stop: () => server.stop(),
    };
  console.error(
    "MongoDB tests are skipped: MONGODB_URI is unset, and there is no Go to build a server with.",
  );
  return { mongo: null, stop: async () => undefined };
}

let count = 0;

/** Returns the connection string of a new database, and a function that drops it. */
export const testMongoDatabase = ({
  uri,
}: Pick<TestMongo, "uri">): { uri: string; drop(): Promise<void> } => {
  count += 1;
  const own = withDatabase(uri, `cto_test_${process.pid}_${Date.now()}_${count}`);
  return {
    uri: own,
    async drop() {
      // Loaded here, because every whole-system test imports this file, and few need the driver.
      const { MongoClient } = await import("mongodb");
      const client = new MongoClient(own);
      try {
        await client.db().dropDatabase();
      } finally {
        await client.close();
      }
    },
  };
};

/** Returns the URI of another database on the same server. The authentication database stays the same. */
export const withDatabase = (uri: string, name: string): string => {
  const [, server = "", database = "", query = ""] =
    /^([^:]+:\/\/[^/?]*)(?:\/([^?]*))?(\?.*)?$/.exec(uri) ?? [];
  const hasUser = server.includes("@") && !/[?&]authSource=/i.test(query);
  const source = hasUser ? `authSource=${database || "admin"}` : "";
  const options = [query.slice(1), source].filter((part) => part !== "").join("&");
  return `${server}/${name}${options === "" ? "" : `?${options}`}`;
};
