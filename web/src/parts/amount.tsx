/** Amounts with their unit, in figures of equal width. */
import { formatSol, formatUnits } from "../format/sol.ts";

type SolProps = {
  lamports: string | bigint;
  /** In a column whose head names the unit: its most decimals, so that the points stand below one another. */
  aligned?: number;
};

const FIGURE_SPACE = "\u2007";
const POINT_SPACE = "\u2008";

/** As wide as what an amount leaves out of its column's decimals. */
function padding(text: string, decimals: number): string {
  const fraction = text.split(".")[1];
  const missing = FIGURE_SPACE.repeat(Math.max(0, decimals - (fraction?.length ?? 0)));
  return fraction === undefined && missing !== "" ? POINT_SPACE + missing : missing;
}

/** The most decimals of a column. */
export const decimalsOf = (column: readonly (string | bigint)[]): number =>
  Math.max(0, ...column.map((lamports) => formatSol(lamports).split(".")[1]?.length ?? 0));

export function Sol({ lamports, aligned }: SolProps) {
  const text = formatSol(lamports);
  return (
    <span class={aligned === undefined ? "amount" : "amount aligned"} title={`${String(lamports)} lamports`}>
      {text}
      {aligned !== undefined && (
        <span class="padding" aria-hidden="true">
          {padding(text, aligned)}
        </span>
      )}{" "}
      <span class="unit">SOL</span>
    </span>
  );
}

/** Of a token. Null: they cannot be told; undefined: not known yet. */
export type Decimals = number | null | undefined;

const tokensText = (units: string | bigint, decimals: Decimals): string => {
  if (decimals === undefined) return "…";
  return decimals === null ? `${formatUnits(units, 0)} units` : formatUnits(units, decimals);
};

/** Token base units; where the decimals cannot be told they are shown as such. */
export const Tokens = ({ units, decimals }: { units: string | bigint; decimals: Decimals }) => (
  <span class="amount" title={`${String(units)} base units`}>
    {tokensText(units, decimals)}
  </span>
);
