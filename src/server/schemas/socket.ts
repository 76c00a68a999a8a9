/** Defines the messages that Socket.IO clients may send. The typed client imports this file, so it must do no I/O. */
import { z } from "zod";
import { idSchema } from "../../contract/types.ts";

const seq = z.number().int().min(0).max(2_147_483_647);

/** `after`: the number of the last event that the client has received. */
export const subscribeSchema = z.object({ operationId: idSchema, after: seq.default(0) });

export const unsubscribeSchema = z.object({ operationId: idSchema });

/** `after`: for each operation that the client remembers, the number of the last event that it has received. */
export const joinSchema = z.object({
  socketUserId: idSchema,
  after: z.record(idSchema, seq).default({}),
});

/** Of the namespace `/calls`. */
export const watchCallSchema = z.object({ callId: idSchema });

export const leaveSchema = z.object({ socketUserId: idSchema });
