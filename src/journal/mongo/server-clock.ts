/** The database server's clock, so that workers whose clocks differ or jump agree on when a lease ends. */
import type { Db } from "mongodb";
import { z } from "zod";

const answer = z.object({ localTime: z.date() });

export type ServerClock = {
  /** The server's time, asked for now. Never ahead of it: the answer was under way. */
  ask(): Promise<Date>;
  /** The server's time by the last answer and this process's monotonic clock. For times that people read. */
  now(): Date;
};

/** @throws the driver's errors, when the server cannot be asked */
export const openServerClock = async (db: Db): Promise<ServerClock> => {
  let asked = { at: 0, time: 0 };
  const ask = async (): Promise<Date> => {
    const { localTime } = answer.parse(await db.command({ hello: 1 }));
    asked = { at: performance.now(), time: localTime.getTime() };
    return localTime;
  };
  await ask();
  return { ask, now: () => new Date(asked.time + Math.round(performance.now() - asked.at)) };
};
