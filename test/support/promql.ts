/**
 * Evaluates the part of PromQL that the alert rules use, over a test's scrapes: selectors, `sum`, `max`, `rate`, `increase`,
 * `absent`, `vector`, a division, comparisons, `and`, `or`. It throws for everything else. As in Prometheus, `and` and a division
 * match series by their labels, and a comparison keeps the series for which it holds.
 */
export type Sample = { readonly name: string; readonly labels: Labels; readonly value: number };
type Labels = Readonly<Record<string, string>>;
/** One scrape: its time in seconds, and its samples. */
export type Scrape = { readonly at: number; readonly samples: readonly Sample[] };
type Series = { readonly labels: Labels; readonly value: number };
type Value = readonly Series[] | number;

const labelsOf = (text = ""): Labels =>
  Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));

/** Parses the text of `/metrics`. */
export const parseMetrics = (text: string): Sample[] =>
  [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = "", labels, value]) => ({
    name,
    labels: labelsOf(labels),
    value: Number(value),
  }));

const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort());
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
export const seconds = (text: string): number => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? NaN);

class Evaluation {
  readonly #tokens: string[];
  #next = 0;
  readonly #scrapes: readonly Scrape[];
  readonly #at: number;

  constructor(expression: string, scrapes: readonly Scrape[], at: number) {
    this.#tokens = expression.match(/[a-z_]+(?:\{[^}]*\})?(?:\[\w+\])?|[\d.]+|==|[<>/(),]/g) ?? [];
    this.#scrapes = scrapes.filter((scrape) => scrape.at <= at);
    this.#at = at;
    if (this.#tokens.join("") !== expression.replace(/\s+/g, "")) throw new Error(`not known: ${expression}`);
  }

  run(): readonly Series[] {
    const value = this.#or();
    if (this.#next < this.#tokens.length)
      throw new Error(`not known: ${this.#tokens.slice(this.#next).join(" ")}`);
    if (typeof value === "number") throw new Error("an alert needs series");
    return value;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next += 1;
    return true;
  }

  #need(token: string): void {
    if (!this.#take(token)) throw new Error(`${token} expected, not ${this.#tokens[this.#next]}`);
  }

  #or(): Value {
    let left = this.#and();
    while (this.#take("or")) {
      const [mine, theirs] = [series(left), series(this.#and())];
      const known = new Set(mine.map(({ labels }) => keyOf(labels)));
      left = [...mine, ...theirs.filter(({ labels }) => !known.has(keyOf(labels)))];
    }
    return left;
  }

  #and(): Value {
    let left = this.#comparison();
    while (this.#take("and")) {
      const theirs = new Set(series(this.#comparison()).map(({ labels }) => keyOf(labels)));
      left = series(left).filter(({ labels }) => theirs.has(keyOf(labels)));
    }
    return left;
  }

  #comparison(): Value {
    const left = this.#division();
    for (const [sign, holds] of COMPARISONS) {
      if (!this.#take(sign)) continue;
      const right = this.#division();
      if (typeof right !== "number") throw new Error("compared with a number only");
      return series(left).filter(({ value }) => holds(value, right));
    }
    return left;
  }

  #division(): Value {
    const left = this.#term();
    if (!this.#take("/")) return left;
    const by = new Map(series(this.#term()).map(({ labels, value }) => [keyOf(labels), value]));
    return series(left).flatMap(({ labels, value }) => {
      const divisor = by.get(keyOf(labels));
      return divisor === undefined ? [] : [{ labels, value: value / divisor }];
    });
  }

  #term(): Value {
    if (this.#take("(")) return this.#closed(() => this.#or());
    for (const name of ["sum", "max"] as const) if (this.#take(name)) return this.#aggregate(name);
    if (this.#take("absent")) {
      this.#need("(");
      const found = series(this.#closed(() => this.#term()));
      return found.length === 0 ? [{ labels: {}, value: 1 }] : [];
    }
    if (this.#take("vector")) {
      this.#need("(");
      const value = this.#closed(() => this.#term());
      return [{ labels: {}, value: Number(value) }];
    }
    for (const name of ["rate", "increase"] as const) {
      if (!this.#take(name)) continue;
      this.#need("(");
      return this.#closed(() => this.#over(name));
    }
    const token = this.#tokens[this.#next++] ?? "";
    if (/^[\d.]+$/.test(token)) return Number(token);
    return this.#latest(token);
  }

  #closed<T>(inner: () => T): T {
    const value = inner();
    this.#need(")");
    return value;
  }

  #aggregate(name: "sum" | "max"): Series[] {
    const by: string[] = [];
    if (this.#take("by")) {
      this.#need("(");
      do by.push(this.#tokens[this.#next++] ?? "");
      while (this.#take(","));
      this.#need(")");
    }
    this.#need("(");
    const groups = new Map<string, Series>();
    for (const { labels, value } of series(this.#closed(() => this.#or()))) {
      const kept = Object.fromEntries(by.flatMap((key) => (key in labels ? [[key, labels[key] ?? ""]] : [])));
      const before = groups.get(keyOf(kept))?.value;
      const joined = name === "sum" ? (before ?? 0) + value : Math.max(before ?? -Infinity, value);
      groups.set(keyOf(kept), { labels: kept, value: joined });
    }
    return [...groups.values()];
  }

  #selected(selector: string, { samples }: Scrape): Sample[] {
    const [, name = "", wanted] = /^(cto_\w+)(?:\{(.*)\})?$/.exec(selector) ?? [];
    if (name === "") throw new Error(`not known: ${selector}`);
    const pairs = Object.entries(labelsOf(wanted));
    return samples.filter(
      (sample) => sample.name === name && pairs.every(([key, value]) => sample.labels[key] === value),
    );
  }

  #latest(selector: string): Series[] {
    const scrape = this.#scrapes.at(-1);
    return scrape === undefined ? [] : this.#selected(selector, scrape);
  }

  /**
   * Computes `rate` or `increase` from the first to the last sample of the range, without Prometheus's extrapolation. A counter
   * that decreases was reset.
   */
  #over(name: "rate" | "increase"): Series[] {
    const token = this.#tokens[this.#next++] ?? "";
    const [, selector = "", range = ""] = /^(.*)\[(\w+)\]$/.exec(token) ?? [];
    const within = this.#scrapes.filter(({ at }) => at >= this.#at - seconds(range));
    const found = new Map<string, { labels: Labels; values: number[] }>();
    for (const scrape of within)
      for (const { labels, value } of this.#selected(selector, scrape)) {
        const one = found.get(keyOf(labels)) ?? { labels, values: [] };
        one.values.push(value);
        found.set(keyOf(labels), one);
      }
    return [...found.values()]
      .filter(({ values }) => values.length > 1)
      .map(({ labels, values }) => {
        const rise = values.slice(1).reduce((sum, value, index) => {
          const step = value - (values[index] ?? 0);
          return sum + (step < 0 ? value : step);
        }, 0);
        return { labels, value: name === "increase" ? rise : rise / seconds(range) };
      });
  }
}

const COMPARISONS: readonly (readonly [string, (left: number, right: number) => boolean])[] = [
  [">", (left, right) => left > right],
  ["<", (left, right) => left < right],
  ["==", (left, right) => left === right],
];

const series = (value: Value): readonly Series[] => {
  if (typeof value === "number") throw new Error("a number where series were expected");
  return value;
};

/** Returns the series for which the expression holds at a time. */
export const evaluate = (expression: string, scrapes: readonly Scrape[], at: number): readonly Series[] =>
  new Evaluation(expression, scrapes, at).run();

/**
 * Returns true if the alert fires at the last scrape: its expression held at every scrape within its `for`, and the scrapes
 * reach back that far.
 */
export function fires(
  { expr, for: held = "0s" }: { expr: string; for?: string | undefined },
  scrapes: readonly Scrape[],
): boolean {
  const last = scrapes.at(-1)?.at ?? 0;
  const from = last - seconds(held);
  if ((scrapes[0]?.at ?? Infinity) > from) return false;
  return scrapes.filter(({ at }) => at >= from).every(({ at }) => evaluate(expr, scrapes, at).length > 0);
}
