/**
 * Draws small line icons: 16 by 16, in the colour of the surrounding text. They are always beside words, so screen
 * readers skip them.
 */

const PATHS = {
  idle: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11Z",
  busy: "M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 5v3.2l2 1.3",
  good: "M3 8.5l3.3 3.3L13 4.8",
  bad: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2.5L14.5 13.5H1.5ZM8 6.5v3M8 11.4v.2",
  off: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11ZM4.2 4.2l7.6 7.6",
  copy: "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
  menu: "M2 4h12M2 8h12M2 12h12",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11ZM8 2.5a5.5 5.5 0 0 1 0 11Z",
  out: "M9 2.5h4.5v11H9M2.5 8h7M7 5.5L9.5 8L7 10.5",
  pause: "M5.5 3v10M10.5 3v10",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9ZM10.3 10.3L14 14",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
