/** Draws the plots of docs/performance.md, and writes its table, from `bench/results.json`. */
import { z } from "zod";
import { type Figure, goalOf, isMet, short } from "../../bench/figures.ts";

const goalSchema = z.union([z.object({ atMost: z.number() }), z.object({ atLeast: z.number() })]);
const figureSchema = z.object({
  what: z.string(),
  value: z.number(),
  unit: z.string(),
  spread: z.tuple([z.number(), z.number()]).optional(),
  goal: goalSchema.optional(),
  note: z.string().optional(),
});
const resultsSchema = z.record(
  z.string(),
  z.object({ about: z.string(), measuredAt: z.string(), figures: z.array(figureSchema) }),
);
export type Results = z.infer<typeof resultsSchema>;

export const parseResults = (text: string): Results => resultsSchema.parse(JSON.parse(text));

type Drawn = z.infer<typeof figureSchema>;

const asFigure = (figure: Drawn): Figure => figure as Figure;
const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const goalValue = ({ goal }: Drawn): number | null =>
  goal === undefined ? null : "atMost" in goal ? goal.atMost : goal.atLeast;

const WIDTH = 860;
const LABELS = 400;
const BARS = 300;
const LINE = 26;
const TOP = 44;
/** Bars that are longer are cut off, and end with an arrow. */
const MOST = 3;
const COLOURS = { met: "#2b7a78", notMet: "#c8553d", goal: "#555555", spread: "#222222" };

const x = (ratio: number): string => (LABELS + (Math.min(ratio, MOST) / MOST) * BARS).toFixed(1);

/** Every bar is a value divided by its goal, so that one line shows all goals. */
function bar(figure: Drawn, at: number): string {
  const goal = goalValue(figure);
  if (goal === null || goal === 0) return "";
  const y = TOP + at * LINE;
  const ratio = figure.value / goal;
  const isGood = isMet(asFigure(figure)) === true;
  const [low, high] = (figure.spread ?? []).map((value) => value / goal);
  const spread =
    low === undefined || high === undefined
      ? ""
      : `<line x1="${x(low)}" x2="${x(high)}" y1="${y + 8}" y2="${y + 8}" stroke="${COLOURS.spread}" stroke-width="1.5"/>`;
  const cut = ratio > MOST ? " »" : "";
  const value = `${short(figure.value)} ${figure.unit} (${goalOf(asFigure(figure))})${cut}`;
  return [
    `<text x="${LABELS - 8}" y="${y + 12}" text-anchor="end">${escapeXml(shortened(figure.what))}<title>${escapeXml(figure.what)}</title></text>`,
    `<rect x="${LABELS}" y="${y}" width="${(Number(x(ratio)) - LABELS).toFixed(1)}" height="16" fill="${isGood ? COLOURS.met : COLOURS.notMet}"/>`,
    spread,
    `<text x="${LABELS + BARS + 8}" y="${y + 12}">${escapeXml(value)}</text>`,
  ].join("\n");
}

const LONGEST = 62;
const shortened = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).trimEnd()}…`;

/** Draws a row's figures that have a goal; null if none has. */
function plot(name: string, { about, measuredAt, figures }: Results[string]): string | null {
  const drawn = figures.filter((figure) => (goalValue(figure) ?? 0) !== 0);
  if (drawn.length === 0) return null;
  const height = TOP + drawn.length * LINE + 30;
  const end = TOP + drawn.length * LINE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="11">
<title>${escapeXml(`${name}: ${about}`)}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="8" y="18" font-size="13" font-weight="bold">${escapeXml(`${name}: ${about}`)}</text>
<text x="8" y="34" fill="#555555">${measuredAt}; each bar is the value divided by its goal, and the dark line its spread. Green: met; red: not met.</text>
${drawn.map(bar).join("\n")}
<line x1="${x(1)}" x2="${x(1)}" y1="${TOP - 4}" y2="${end}" stroke="${COLOURS.goal}" stroke-dasharray="4 3"/>
<text x="${x(1)}" y="${end + 14}" text-anchor="middle" fill="${COLOURS.goal}">the goal</text>
</svg>
`;
}

const fileOf = (name: string): string => `docs/performance/${name}.svg`;

/** The plots by their file. */
export const plots = (results: Results): Record<string, string> =>
  Object.fromEntries(
    Object.entries(results).flatMap(([name, row]) => {
      const drawn = plot(name, row);
      return drawn === null ? [] : [[fileOf(name), drawn]];
    }),
  );

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The rows with a plot and a table each, in Markdown. */
export function rowsOf(results: Results, rows: Iterable<string>): string {
  return [...rows]
    .map((name) => {
      const row = results[name];
      if (row === undefined) return `### ${name}\n\nNo run is recorded yet: \`npm run bench -- ${name}\`.`;
      const image = plot(name, row) === null ? "" : `![${name}: ${row.about}](performance/${name}.svg)\n\n`;
      const lines = row.figures.map((figure) => {
        const met = isMet(asFigure(figure));
        const cells = [
          figure.what,
          `${short(figure.value)} ${figure.unit}`,
          figure.spread === undefined ? "" : `${short(figure.spread[0])} to ${short(figure.spread[1])}`,
          goalOf(asFigure(figure)),
          met === null ? "" : met ? "met" : "**not met**",
          figure.note ?? "",
        ];
        return `| ${cells.map(cell).join(" | ")} |`;
      });
      const head = "| what | median | spread | goal | | |\n|---|---|---|---|---|---|";
      return `### ${name}\n\n${row.about}; ${row.measuredAt}\n\n${image}${head}\n${lines.join("\n")}`;
    })
    .join("\n\n");
}
