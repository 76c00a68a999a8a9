/** Shows a secret or a code that no later page can show again. */
import type { ComponentChildren } from "preact";
import { CopyButton } from "../../parts/address.tsx";
import { Warning } from "../../parts/problem.tsx";

type Props = { text: string; what: string; onClose: () => void; children: ComponentChildren };

export const ShownOnce = ({ text, what, onClose, children }: Props) => (
  <div class="stack">
    <Warning>{children}</Warning>
    <p class="secret">
      <code>{text}</code> <CopyButton text={text} what={what} />
    </p>
    <div class="actions">
      <button type="button" class="primary" onClick={onClose}>
        I have stored it
      </button>
    </div>
  </div>
);
