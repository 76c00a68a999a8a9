/** Shows amounts with their unit, in figures of equal width. */
import { type Decimals, formatSol, formatTokens } from "../format/sol.ts";

export type { Decimals };

type SolProps = {
  lamports: string | bigint;
  /** For a column whose heading names the unit: the column's most decimals, so that the decimal points are aligned. */
  aligned?: number;
};

const FIGURE_SPACE = "\u2007";
const POINT_SPACE = "\u2008";

/** Returns spaces as wide as the decimals that an amount lacks in its column. */
function padding(text: string, decimals: number): string {
  const fraction = text.split(".")[1];
  const missing = FIGURE_SPACE.repeat(Math.max(0, decimals - (fraction?.length ?? 0)));
  return fraction === undefined && missing !== "" ? POINT_SPACE + missing : missing;
}

/** Returns the most decimals of a column. */
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

type TokensProps = { units: string | bigint; decimals: Decimals; aligned?: boolean };

/**
 * Shows a token amount. If the decimals are unavailable, it shows base units and labels them so.
 *
 * @param aligned in a column: the decimal points are aligned, because a token has the same decimals in every row
 */
export function Tokens({ units, decimals, aligned = false }: TokensProps) {
  const text = formatTokens(units, decimals);
  return (
    <span class="amount" title={`${String(units)} base units`}>
      {text}
      {aligned && decimals != null && (
        <span class="padding" aria-hidden="true">
          {padding(text, decimals)}
        </span>
      )}
    </span>
  );
}
