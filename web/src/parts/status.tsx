/** Shows a status as an icon, a word and a colour. */
import type { OperationStatus, StepStatus } from "../api/types.ts";
import { OPERATION_WORDS, STEP_WORDS, type Tone } from "../format/words.ts";
import { Icon } from "./icon.tsx";

export const Badge = ({ tone, label, title }: { tone: Tone; label: string; title?: string }) => (
  <span class={`badge ${tone}`} title={title}>
    <Icon name={tone} />
    {label}
  </span>
);

export const OperationBadge = ({ status, partial }: { status: OperationStatus; partial?: boolean }) => {
  const { label, tone, meaning } = OPERATION_WORDS[status];
  if (partial && status === "completed")
    return <Badge tone="warn" label="Partly completed" title="Some wallets bought, some did not." />;
  return <Badge tone={tone} label={label} title={meaning} />;
};

export const StepBadge = ({ status }: { status: StepStatus }) => {
  const { label, tone, meaning } = STEP_WORDS[status];
  return <Badge tone={tone} label={label} title={meaning} />;
};
