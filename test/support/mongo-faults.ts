/**
 * Runs a proxy in front of the test server. It implements a part of MongoDB's wire protocol. It answers chosen commands with
 * the errors of a server that steps down, times out or is full. The command is executed or not, depending on the fault.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { BSON } from "mongodb";
import { onMessages } from "./wire-messages.ts";

/**
 * The faults: the error that a command gets, and whether it is executed. The codes are from MongoDB's
 * `error_codes.yml`.
 */
export const MONGO_FAULTS = {
  "steps down before the write": { code: 10_107, name: "NotWritablePrimary", carriedOut: false },
  "steps down after the write": { code: 11_602, name: "InterruptedDueToReplStateChange", carriedOut: true },
  "times out before the write": { code: 50, name: "MaxTimeMSExpired", carriedOut: false },
  "times out after the write": { code: 50, name: "MaxTimeMSExpired", carriedOut: true },
  "fills up": { code: 14_031, name: "OutOfDiskSpace", carriedOut: false },
  "dies after the write": { code: null, name: "", carriedOut: true },
} as const;
export type MongoFault = keyof typeof MONGO_FAULTS;

/** Blocks the command without an error: the server does not get it, and the client waits until a test ends it. */
const HELD = { code: null, name: "", carriedOut: false } as const;

export type Command = Readonly<Record<string, unknown>>;

export type FaultyMongo = {
  readonly uri: string;
  /** Returns the number of commands that got the fault. */
  struck(): number;
  close(): Promise<void>;
};

const OP_MSG = 2_013;
const HEADER_BYTES = 16;
const FLAGS_BYTES = 4;

const commandOf = (message: Buffer): Command | null => {
  const at = HEADER_BYTES + FLAGS_BYTES;
  // Section kind 0 is the document of the command's body. The driver sends it first.
  if (message.readInt32LE(12) !== OP_MSG || message[at] !== 0) return null;
  return BSON.deserialize(message.subarray(at + 1, at + 1 + message.readInt32LE(at + 1)));
};

const refusal = (to: Buffer, code: number, codeName: string): Buffer => {
  const body = BSON.serialize({ ok: 0, code, codeName, errmsg: `simulated: ${codeName}` });
  const answer = Buffer.alloc(HEADER_BYTES + FLAGS_BYTES + 1 + body.length);
  answer.writeInt32LE(answer.length, 0);
  answer.writeInt32LE(1, 4);
  answer.writeInt32LE(to.readInt32LE(4), 8); // The id of the request that this answers.
  answer.writeInt32LE(OP_MSG, 12);
  answer.set(body, HEADER_BYTES + FLAGS_BYTES + 1);
  return answer;
};

/** Opens the proxy. @param strikes returns true for a command that gets the fault; the command includes its documents */
export async function openFaultyMongo(
  target: string,
  fault: MongoFault | "holds",
  strikes: (command: Command, text: string) => boolean,
): Promise<FaultyMongo> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let struck = 0;
  const { code, name, carriedOut } = fault === "holds" ? HELD : MONGO_FAULTS[fault];
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const swallowed = new Map<number, Buffer>();
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    onMessages(client, (message) => {
      const command = commandOf(message);
      if (command === null || !strikes(command, message.toString("latin1"))) {
        upstream.write(message);
        return;
      }
      struck += 1;
      if (carriedOut) {
        swallowed.set(message.readInt32LE(4), message);
        upstream.write(message);
      } else if (code !== null) client.write(refusal(message, code, name));
    });
    onMessages(upstream, (message) => {
      const asked = swallowed.get(message.readInt32LE(8));
      if (asked === undefined) client.write(message);
      else if (code === null) client.destroy();
      else client.write(refusal(asked, code, name));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    uri: `mongodb://127.0.0.1:${address.port}/`,
    struck: () => struck,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
