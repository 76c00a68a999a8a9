/** Tests how the places of the journal and the queue are shown: with their database, and without any secret. */
import { expect, it } from "vitest";
import { journalPlace, queuePlace } from "../../src/runtime/places.ts";

const at = { CTO_HOME: "/home", MONGODB_URI: undefined, DATABASE_URL: undefined, REDIS_SENTINELS: undefined };

it("names the database of each server, because one server may have several", () => {
  expect(queuePlace({ ...at, REDIS_URL: "rediss://bot:sesame@redis.example:6380/3" })).toBe(
    "BullMQ on Redis at redis.example:6380/3",
  );
  expect(queuePlace({ ...at, REDIS_URL: "redis://redis.example" })).toBe("BullMQ on Redis at redis.example");
  expect(journalPlace({ ...at, DATABASE_URL: "postgres://bot:sesame@db.example/cto?sslmode=require" })).toBe(
    "PostgreSQL at db.example/cto",
  );
  expect(
    journalPlace({ ...at, MONGODB_URI: "mongodb://bot:sesame@one.example,two.example/cto?w=majority" }),
  ).toBe("MongoDB at one.example,two.example/cto");
});
