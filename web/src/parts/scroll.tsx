/** Shows a region that scrolls by itself on a narrow page. It can be reached and scrolled by keyboard. */
import type { ComponentChildren } from "preact";

type Props = {
  label: string;
  /** Whether its content is still being loaded. */
  busy?: boolean;
  class?: string;
  children: ComponentChildren;
};

export const Scroll = ({ label, busy, class: extra, children }: Props) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
  <section class={extra ? `scroll ${extra}` : "scroll"} tabIndex={0} aria-label={label} aria-busy={busy}>
    {children}
  </section>
);
