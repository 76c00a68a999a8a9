/** Shows a progress bar with a text beside it. The tone shows the outcome. */
import type { Tone } from "../format/words.ts";

type Props = { value: number; label: string; text?: string; tone?: Tone };

export const Progress = ({ value, label, text = `${value} %`, tone = "busy" }: Props) => (
  <span class={`progress ${tone}`}>
    <progress max={100} value={value} aria-label={label} />
    <span class="amount">{text}</span>
  </span>
);
