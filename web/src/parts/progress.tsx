/** A bar with its number beside it. */

export const Progress = ({ value, label }: { value: number; label: string }) => (
  <span class="progress">
    <progress max={100} value={value} aria-label={label} />
    <span class="amount">{value} %</span>
  </span>
);
