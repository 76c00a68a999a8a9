/**
 * Draws a small chart: axes with a few labels, and the given content. It has the width of its container and a fixed
 * height.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export type Scale = (value: number) => number;
export type Tick = { readonly at: number; readonly label: string };

const HEIGHT = 190;
const MARGIN = { top: 10, right: 12, bottom: 26 };
/** The width of one character of an axis label, px. */
const CHARACTER = 6.7;

type Props = {
  /** The chart's content in words, for readers who cannot see it. */
  summary: string;
  x: { readonly domain: readonly [number, number]; readonly ticks: readonly Tick[] };
  y: { readonly domain: readonly [number, number]; readonly ticks: readonly Tick[] };
  /** Shown in the middle instead of lines, when there is nothing to draw. */
  empty?: string | null;
  children: (x: Scale, y: Scale) => ComponentChildren;
};

const scale = ([from, to]: readonly [number, number], start: number, end: number): Scale => {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
};

function useWidth() {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (place.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return { place, width };
}

export function Chart({ summary, x, y, empty = null, children }: Props) {
  const { place, width } = useWidth();
  const left = 10 + CHARACTER * Math.max(1, ...y.ticks.map(({ label }) => label.length));
  const toX = scale(x.domain, left, width - MARGIN.right);
  const toY = scale(y.domain, HEIGHT - MARGIN.bottom, MARGIN.top);
  return (
    <div class="chart" ref={place}>
      {width > 0 && (
        <svg role="img" aria-label={summary} width={width} height={HEIGHT}>
          {y.ticks.map(({ at, label }) => (
            <g key={at}>
              <line class="grid" x1={left} x2={width - MARGIN.right} y1={toY(at)} y2={toY(at)} />
              <text x={left - 6} y={toY(at) + 4} text-anchor="end">
                {label}
              </text>
            </g>
          ))}
          {x.ticks.map(({ at, label }) => (
            <text
              key={at}
              x={toX(at)}
              y={HEIGHT - 8}
              text-anchor={at === x.domain[1] ? "end" : at === x.domain[0] ? "start" : "middle"}
            >
              {label}
            </text>
          ))}
          {empty === null ? (
            children(toX, toY)
          ) : (
            <text x={(left + width - MARGIN.right) / 2} y={HEIGHT / 2} text-anchor="middle">
              {empty}
            </text>
          )}
        </svg>
      )}
    </div>
  );
}
