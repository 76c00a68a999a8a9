/** Reads one operation with its steps, and reads them again after each event. */
import { useEffect } from "preact/hooks";
import { useEvents } from "../../api/events.ts";
import { isPending, useResource } from "../../api/resource.ts";
import type { OperationDetail, Step } from "../../api/types.ts";
import { isSweep } from "../../format/sweep.ts";
import { isUnderWay } from "../../format/words.ts";
import type { Decimals } from "../../parts/amount.tsx";

/** Events come in bursts. One read serves all events of this time, ms. */
const BURST_MS = 150;
/** The interval of the reads without an event, ms. Finality causes no event, and events may be lost. */
const LOOK_AGAIN_MS = 5_000;

export function useOperation(id: string) {
  const path = `/v1/operations/${encodeURIComponent(id)}`;
  const detail = useResource<OperationDetail>(path, LOOK_AGAIN_MS);
  const steps = useResource<{ steps: Step[] }>(`${path}/steps`, LOOK_AGAIN_MS);
  const status = detail.data?.status ?? null;
  const { events, state, areRead } = useEvents(id, status === null ? null : isUnderWay(status), detail.data);
  const lastSeq = events.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (lastSeq === 0) return;
    const timer = setTimeout(() => {
      detail.reload();
      steps.reload();
    }, BURST_MS);
    return () => clearTimeout(timer);
  }, [lastSeq]);
  const reload = (): void => {
    detail.reload();
    steps.reload();
  };
  // The page appears whole: its parts show the steps and the events too, and nothing may move when they come later.
  const isWhole = areRead && !isPending(steps);
  return {
    operation: isWhole ? detail.data : null,
    detail,
    steps: steps.data?.steps ?? [],
    events,
    state,
    reload,
  };
}

/** Reads the token's decimals, which are known also when the token trades nowhere any more. */
export function useDecimals(operation: OperationDetail | null): Decimals {
  // A sweep names wrapped SOL, and buys nothing of it.
  const path = operation === null || isSweep(operation) ? null : `/v1/tokens/${operation.tokenAddress}`;
  const { data, problem } = useResource<{ decimals: number | null }>(path);
  return problem === null ? data?.decimals : null;
}
