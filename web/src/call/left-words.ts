/** Words the time that is left. */

/** Returns a duration in words, with its two largest units. */
export function leftWords(ms: number): string {
  if (ms <= 0) return "now";
  const seconds = Math.ceil(ms / 1_000);
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = units.findIndex(([count]) => count > 0);
  const shown = units.slice(first, first + 2).map(([count, unit]) => `${count} ${unit}`);
  return `in ${shown.join(" ")}`;
}
