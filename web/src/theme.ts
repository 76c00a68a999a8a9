/** Chooses dark or light colours: the system's preference, unless the reader has chosen. */
import { signal } from "@preact/signals";

const KEY = "cto-theme";
const CHOICES = ["system", "light", "dark"] as const;
export type Theme = (typeof CHOICES)[number];

const stored = localStorage.getItem(KEY);

export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");

/** Switches from system to light to dark, and back to system. */
export function nextTheme(): Theme {
  const next = CHOICES[(CHOICES.indexOf(theme.value) + 1) % CHOICES.length] ?? "system";
  theme.value = next;
  if (next === "system") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, next);
    document.documentElement.dataset.theme = next;
  }
  return next;
}
