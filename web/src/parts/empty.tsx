/** Shows that a list is empty, and how to add the first entry. */
import type { ComponentChildren } from "preact";

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);
