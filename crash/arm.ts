/** Arms one point of a run: in the worker, or in the gate for an RPC point. Applies the fault when the point is reached. */
import { type Case, type FaultMode, isRpcPoint } from "./cases.ts";
import type { RpcFault } from "./gate.ts";
import type { Plan } from "./messages.ts";
import { PROCESS_FAULT, type Stricken } from "./strikes.ts";

/** The duration of each RPC fault, ms. The storm lasts over several tries of one call. */
const RPC_FAULT_MS: Readonly<Record<RpcFault, number>> = {
  lost: 600,
  dropped: 600,
  storm: 1_000,
  lag: 1_500,
  lie: 1_500,
};

const CLOCK_MS: Partial<Record<FaultMode, number>> = { forward: 120_000, back: -120_000 };

const actionOf = (fault: FaultMode): Plan["action"] => {
  if (fault === "kill") return "kill";
  return CLOCK_MS[fault] === undefined ? "hold" : "clock";
};

export type Armed = {
  /** Returns true after the point was reached. The fault may still be in progress. */
  readonly begun: () => boolean;
  /** Returns true if the fault affected something. */
  readonly reached: () => boolean;
  /** Resolves when the fault has been applied. */
  readonly dealt: Promise<void>;
};

/** Arms the point in the worker, or in the gate for an RPC point. */
export function arm(item: Case, stricken: Stricken): Armed {
  const { scene, crew, worker } = stricken;
  let begun = false;
  let reached = false;
  const dealt = new Promise<void>((resolve, reject) => {
    const deal = async (): Promise<void> => {
      begun = true;
      const applied = (await PROCESS_FAULT[item.fault]?.(stricken)) ?? true;
      reached = applied !== false;
      worker.tell({ type: "go" });
      if (typeof applied === "function") await applied();
    };
    worker.on("reached", () => void deal().then(resolve, reject));
    worker.died
      .then(async () => {
        begun = true;
        reached = true;
        await crew.add();
      })
      .then(resolve, reject);
    if (isRpcPoint(item.point)) {
      const { fault } = item;
      const act =
        fault === "kill"
          ? { kill: () => worker.signal("SIGKILL") }
          : { fault: fault as RpcFault, lastsMs: RPC_FAULT_MS[fault as RpcFault] };
      scene.gate.arm({
        point: item.point,
        act,
        reached() {
          begun = true;
          reached = true;
          if (fault !== "kill") resolve();
        },
      });
      worker.tell({ type: "arm", plan: null });
    } else {
      scene.gate.arm(null);
      const plan = { point: item.point, action: actionOf(item.fault), clockMs: CLOCK_MS[item.fault] ?? 0 };
      worker.tell({ type: "arm", plan });
    }
  });
  return { begun: () => begun, reached: () => reached, dealt };
}
