/** Shows why something was refused, and what to do about it. */
import type { Problem } from "../api/types.ts";
import { remedyOf } from "./remedies.ts";
import { cut } from "./wallet-problem.ts";

const DETAIL_AT_MOST = 400;

export const CallProblem = ({ of }: { of: Problem | null }) =>
  of === null ? null : (
    <div class="problem" role="alert">
      <p>
        <strong>{cut(of.detail, DETAIL_AT_MOST)}</strong>
      </p>
      <p>{remedyOf(of.code, of.remedy)}</p>
      <p>
        <code>{of.code}</code>
      </p>
    </div>
  );
