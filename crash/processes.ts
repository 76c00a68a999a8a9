/**
 * Manages the sweep's worker processes. A process that survives a run serves the next one. Spare processes replace
 * those that died.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsdown";
import { afterAwake } from "../src/base/awake.ts";
import type { Calls, News, Order } from "./messages.ts";

/** The output folder. It is inside the repository, so that the bundle finds its packages. Git ignores it. */
const OUT = ".cto/crash";

/** The bundle's name. It contains the process id, because two sweeps may run in one checkout. */
const NAME = `worker-${process.pid}`;

/** The longest time for a shutdown. We kill a worker that takes longer, and count it as one that did not close. */
const CLOSE_MS = 15_000;

/** Bundles the worker into one file, because a process then starts in a third of the time. Returns the file's path. */
export async function bundleWorker(): Promise<string> {
  await mkdir(OUT, { recursive: true });
  await build({
    config: false,
    entry: { [NAME]: "crash/worker.child.ts" },
    outDir: OUT,
    format: "esm",
    platform: "node",
    dts: false,
    clean: false,
    logLevel: "error",
  });
  return join(OUT, `${NAME}.mjs`);
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter();
  readonly #died: Promise<void>;
  #dead = false;
  #killedByParent = false;
  #exitSignal: NodeJS.Signals | null = null;

  constructor(file: string) {
    this.#child = spawn(process.execPath, [file], {
      env: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: join(OUT, "cache") },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#news.setMaxListeners(0);
    this.#died = once(this.#child, "exit").then(([, signal]) => {
      this.#dead = true;
      this.#exitSignal = signal as NodeJS.Signals | null;
      this.#news.emit("dead");
    });
    this.#child.on("message", (news: News) => this.#news.emit(news.type, news));
    this.#child.on("error", () => undefined); // We may have sent a message to a process that just died.
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Resolves when the process has ended, for any reason. */
  get died(): Promise<void> {
    return this.#died;
  }

  on(type: News["type"], listener: () => void): void {
    this.#news.on(type, listener);
  }

  tell(order: Order): void {
    if (!this.#dead && this.#child.connected) this.#child.send(order, () => undefined);
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (signal === "SIGKILL") this.#killedByParent = true;
    this.#child.kill(signal);
  }

  /**
   * Waits for a message of this type.
   * @throws if the process dies first, or fails at this order (at any order, if none is given)
   */
  hear<Type extends News["type"]>(type: Type, order?: Order["type"]): Promise<Extract<News, { type: Type }>> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#news.off(type, heard).off("dead", dead).off("failed", failed);
      };
      const heard = (news: Extract<News, { type: Type }>): void => {
        stop();
        resolve(news);
      };
      const dead = (): void => {
        stop();
        reject(new Error("the worker process died"));
      };
      const failed = ({ reason, order: which }: Extract<News, { type: "failed" }>): void => {
        // Closing a worker may make its enqueue fail. That does not mean that the close failed.
        if (order !== undefined && order !== which) return;
        stop();
        reject(new Error(`the worker process failed: ${reason}`));
      };
      this.#news.on(type, heard).on("dead", dead).on("failed", failed);
      if (this.#dead) dead();
    });
  }

  async order<Type extends News["type"]>(order: Order, answer: Type): Promise<Extract<News, { type: Type }>> {
    const heard = this.hear(answer, order.type);
    this.tell(order);
    return heard;
  }

  /**
   * Closes the worker gracefully. If it does not close, kills the process and returns null. Returns `"killed"` if the
   * fault's own SIGKILL came before the worker closed.
   */
  async close(): Promise<Calls | "killed" | null> {
    this.#news.removeAllListeners("reached").removeAllListeners("accepted").removeAllListeners("failed");
    const stop = afterAwake(CLOSE_MS, () => this.signal("SIGKILL"));
    try {
      return (await this.order({ type: "close" }, "closed")).calls;
    } catch {
      if (this.#exitSignal === "SIGKILL" && !this.#killedByParent) return "killed";
      this.signal("SIGKILL");
      return null;
    } finally {
      stop();
    }
  }

  async kill(): Promise<void> {
    if (this.#dead) return;
    this.signal("SIGKILL");
    await this.#died;
  }
}

/** Provides worker processes that are loaded and idle. */
export class Processes {
  readonly #file: string;
  readonly #spare: number;
  readonly #idle: WorkerProcess[] = [];
  readonly #all = new Set<WorkerProcess>();
  #starting = 0;

  constructor(file: string, spare: number) {
    this.#file = file;
    this.#spare = spare;
    this.#fill();
  }

  async take(): Promise<WorkerProcess> {
    let taken = this.#idle.pop();
    while (taken?.dead) taken = this.#idle.pop();
    taken ??= await this.#start();
    this.#fill();
    return taken;
  }

  giveBack(process: WorkerProcess): void {
    if (!process.dead) this.#idle.push(process);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((process) => process.kill()));
    await rm(this.#file, { force: true });
  }

  async #start(): Promise<WorkerProcess> {
    const started = new WorkerProcess(this.#file);
    this.#all.add(started);
    void started.died.then(() => this.#all.delete(started));
    await started.hear("ready");
    return started;
  }

  #fill(): void {
    while (this.#idle.length + this.#starting < this.#spare) {
      this.#starting += 1;
      this.#start()
        .then(
          (started) => this.#idle.push(started),
          () => undefined,
        )
        .finally(() => {
          this.#starting -= 1;
        });
    }
  }
}
