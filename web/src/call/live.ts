/**
 * Follows the call: by Socket.IO, and by reading it again while there is no such connection. Every message is the whole
 * call, so a lost one changes nothing.
 */
import { signal } from "@preact/signals";
import { io } from "socket.io-client";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";
import { get } from "../api/request.ts";
import { callId } from "./page.ts";

export const call = signal<ShownCall | null>(null);

/** Whether changes arrive by themselves. */
export const isLive = signal(false);

/** The pause between reads without a live connection, ms. */
const READ_EVERY_MS = 3_000;

export const show = (seen: ShownCall): void => {
  call.value = seen;
};

/** Reads the call now. A failure is not shown: the next read, or the connection, makes up for it. */
export const readNow = (): Promise<void> => get<ShownCall>(`/c/${callId}.json`).then(show, () => undefined);

export function follow(): void {
  const socket = io("/calls", { transports: ["websocket", "polling"] });
  socket.on("connect", () => {
    isLive.value = true;
    socket.emit("watch", { callId });
  });
  socket.on("disconnect", () => {
    isLive.value = false;
  });
  socket.on("cto:call", (seen: ShownCall) => {
    if (seen.callId === callId) show(seen);
  });
  void readNow();
  setInterval(() => {
    if (!isLive.value && document.visibilityState === "visible") void readNow();
  }, READ_EVERY_MS);
  // A phone stops the connection of a page that is not seen.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void readNow();
  });
}
