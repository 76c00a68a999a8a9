/** Starts and closes the worker processes of one run of the crash sweep, and defines their timing. */
import type { Timing } from "./messages.ts";
import type { WorkerProcess } from "./processes.ts";
import type { Scene, World } from "./world.ts";

export const TIMING: Timing = { takeoverMs: 1_200, requeueMs: 500, rebroadcastMs: 400 };

/** The workers of one run. */
export class Crew {
  readonly #world: World;
  readonly #scene: Scene;
  readonly #heavy: boolean;
  readonly #members: WorkerProcess[] = [];
  #closed = false;

  constructor(world: World, scene: Scene, heavy: boolean) {
    this.#world = world;
    this.#scene = scene;
    this.#heavy = heavy;
  }

  async add(): Promise<WorkerProcess> {
    if (this.#closed) throw new Error("the run is over");
    const added = await this.#world.processes.take();
    this.#members.push(added);
    await added.order({ type: "open", env: this.#scene.env, timing: TIMING, heavy: this.#heavy }, "opened");
    return added;
  }

  /** Closes all workers. Returns the number of workers that did not close, or died while closing. */
  async close(): Promise<number> {
    this.#closed = true;
    const closed = await Promise.all(
      this.#members.splice(0).map(async (member) => {
        if (member.dead) return true;
        const calls = await member.close();
        if (calls === null) return false;
        if (calls === "killed") return true;
        this.#world.processes.giveBack(member);
        return true;
      }),
    );
    return closed.filter((fine) => !fine).length;
  }
}
