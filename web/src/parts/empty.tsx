/** Nothing there yet, and what would put something there. */
import type { ComponentChildren } from "preact";

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);
