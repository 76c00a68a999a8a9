/** Searches everything that a system stores or prints for planted secrets, in every encoding in which they may leak. */
import { getBase58Decoder } from "@solana/kit";
import { Redis } from "ioredis";
import { MongoClient } from "mongodb";
import pg from "pg";

/** The planted secrets, by name: texts, or the bytes of keys. */
export type Planted = ReadonlyMap<string, string | Uint8Array>;

/**
 * Returns the Base64 of the bytes at this offset, without the characters at both ends that depend on the adjacent
 * bytes.
 */
const base64At = (bytes: Buffer, offset: number): string =>
  Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replace(/=+$/, "")
    .slice(Math.ceil((offset * 8) / 6), -2);

/** Returns every encoding in which the bytes may appear. */
function formsOf(bytes: Buffer): Record<string, string> {
  const numbers = [...bytes];
  const base64 = [0, 1, 2].map((offset) => base64At(bytes, offset));
  return {
    "raw bytes": bytes.toString("latin1"),
    base58: getBase58Decoder().decode(bytes),
    hex: bytes.toString("hex"),
    ...Object.fromEntries(base64.map((text, offset) => [`base64 at ${offset}`, text])),
    ...Object.fromEntries(
      base64.map((text, offset) => [
        `base64url at ${offset}`,
        text.replaceAll("+", "-").replaceAll("/", "_"),
      ]),
    ),
    "JSON byte array": numbers.join(","),
    "JSON of a typed array": numbers.map((byte, at) => `"${at}":${byte}`).join(","),
  };
}

const formsOfSecret = (secret: string): Record<string, string> => ({
  clear: secret,
  "URL-encoded": encodeURIComponent(secret),
  "in JSON": JSON.stringify(secret).slice(1, -1),
  ...formsOf(Buffer.from(secret)),
});

/** Returns the text unchanged, without white space, and in lower case, because inspected bytes are printed in columns. */
const viewsOf = (text: string): string[] => {
  const dense = text.replace(/[\s\\]+/g, "");
  return [text, dense, dense.toLowerCase()];
};

/**
 * Searches a text for the planted secrets.
 * @returns the names of the secrets in the text, and their encodings; never the secrets themselves
 */
export function findLeaks(text: string, planted: Planted): string[] {
  const views = viewsOf(text);
  return [...planted].flatMap(([name, secret]) => {
    const forms = typeof secret === "string" ? formsOfSecret(secret) : formsOf(Buffer.from(secret));
    return Object.entries(forms)
      .filter(([, form]) => views.some((view) => view.includes(form)))
      .map(([form]) => `${name}: ${form}`);
  });
}

/** Returns every row of every table as text. */
export async function dumpPostgres(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    );
    const dumps: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      dumps.push(name, ...rows.map(({ row }) => row));
    }
    return dumps.join("\n");
  } finally {
    await client.end();
  }
}

/** Returns every document of every collection as text. */
export async function dumpMongo(uri: string): Promise<string> {
  const client = new MongoClient(uri);
  try {
    const dumps: string[] = [];
    for (const { collectionName } of await client.db().collections()) {
      const documents = await client.db().collection(collectionName).find().toArray();
      dumps.push(collectionName, ...documents.map((document) => JSON.stringify(document)));
    }
    return dumps.join("\n");
  } finally {
    await client.close();
  }
}

/** Returns every key with its value as text. We read each value by its type, because Redis compresses its own dumps. */
export async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const read: Record<string, (key: string) => Promise<unknown>> = {
      string: (key) => redis.get(key),
      hash: (key) => redis.hgetall(key),
      list: (key) => redis.lrange(key, 0, -1),
      set: (key) => redis.smembers(key),
      zset: (key) => redis.zrange(key, 0, -1),
      stream: (key) => redis.xrange(key, "-", "+"),
    };
    const dumps: string[] = [];
    for (const key of await redis.keys("*")) {
      const type = await redis.type(key);
      if (type === "none") continue; // The key has expired in the meantime.
      const value = await read[type]?.(key);
      if (value === undefined) throw new Error(`Redis has a ${type}`);
      dumps.push(key, JSON.stringify(value));
    }
    return dumps.join("\n");
  } finally {
    redis.disconnect();
  }
}
