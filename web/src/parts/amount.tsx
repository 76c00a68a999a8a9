/** Amounts with their unit, in figures of equal width. */
import { formatSol, formatUnits, SOL_DECIMALS } from "../format/sol.ts";

type SolProps = {
  lamports: string | bigint;
  /** In a column whose head names the unit: the points stand below one another. */
  aligned?: boolean;
};

const FIGURE_SPACE = "\u2007";
const POINT_SPACE = "\u2008";

/** As wide as the decimals that an amount leaves out. */
function padding(text: string): string {
  const fraction = text.split(".")[1];
  if (fraction === undefined) return POINT_SPACE + FIGURE_SPACE.repeat(SOL_DECIMALS);
  return FIGURE_SPACE.repeat(SOL_DECIMALS - fraction.length);
}

export function Sol({ lamports, aligned }: SolProps) {
  const text = formatSol(lamports);
  return (
    <span class={aligned ? "amount aligned" : "amount"} title={`${String(lamports)} lamports`}>
      {text}
      {aligned && (
        <span class="padding" aria-hidden="true">
          {padding(text)}
        </span>
      )}{" "}
      <span class="unit">SOL</span>
    </span>
  );
}

/** Token base units; without known decimals they are shown as such. */
export const Tokens = ({ units, decimals }: { units: string | bigint; decimals: number | null }) => (
  <span class="amount" title={`${String(units)} base units`}>
    {decimals === null ? `${formatUnits(units, 0)} units` : formatUnits(units, decimals)}
  </span>
);
