/**
 * Reads the database server's clock, so that workers agree on the end of a lease even if their own clocks differ or jump.
 */
import type { Db } from "mongodb";
import { z } from "zod";

const answer = z.object({ localTime: z.date() });

export type ServerClock = {
  /** Requests the server's current time. The result is never ahead of the server, because the answer takes time. */
  ask(): Promise<Date>;
  /**
   * Computes the server's time from the last answer and this process's monotonic clock, for times that people read.
   */
  now(): Date;
};

/** @throws the driver's errors if the server does not answer */
export const openServerClock = async (db: Db): Promise<ServerClock> => {
  let read = { at: 0, time: 0 };
  const ask = async (): Promise<Date> => {
    const { localTime } = answer.parse(await db.command({ hello: 1 }));
    read = { at: performance.now(), time: localTime.getTime() };
    return localTime;
  };
  await ask();
  return { ask, now: () => new Date(read.time + Math.round(performance.now() - read.at)) };
};
