import { describe, expect, it } from "vitest";
import { listenForStop } from "../../src/cli/until-stopped.ts";

describe("listening for a stop", () => {
  it("stays a listener after the first signal, so that nobody else ends the process before it has closed", async () => {
    const before = process.listenerCount("SIGTERM");
    const stop = listenForStop();
    process.emit("SIGTERM");
    await stop.stopped;
    expect(stop.signal.aborted).toBe(true);
    // signal-exit kills the process when it finds no listener but its own.
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    stop.dispose();
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
