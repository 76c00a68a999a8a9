/** What Socket.IO clients may send. Also read by the typed client: no I/O in here. */
import { z } from "zod";
import { idSchema } from "../../contract/types.ts";

const seq = z.number().int().min(0).max(2_147_483_647);

/** `after`: the last number that the client has seen. */
export const subscribeSchema = z.object({ operationId: idSchema, after: seq.default(0) });

export const unsubscribeSchema = z.object({ operationId: idSchema });

/** `after`: the last number seen of each operation that the client remembers. */
export const joinSchema = z.object({
  socketUserId: idSchema,
  after: z.record(idSchema, seq).default({}),
});

export const leaveSchema = z.object({ socketUserId: idSchema });
