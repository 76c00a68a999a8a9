/** Splits a stream of MongoDB's wire protocol into its messages. */
import type { Socket } from "node:net";

/** The size of a message's length field. Every message starts with its length, a little-endian int32. */
const LENGTH_BYTES = 4;

/** Calls `on` with each whole message of a stream. */
export const onMessages = (socket: Socket, on: (message: Buffer) => void): void => {
  let buffered = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= LENGTH_BYTES && buffered.length >= buffered.readInt32LE(0)) {
      const length = buffered.readInt32LE(0);
      on(buffered.subarray(0, length));
      buffered = buffered.subarray(length);
    }
  });
};
