/**
 * The frame of every page: its title, its only heading, and its actions. The heading gets the focus when the user opens
 * the page.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** On the first page, the focus stays where the browser has put it. */
let hasNavigated = false;

type Props = {
  title: string;
  /** Shown next to the title. */
  beside?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
};

export function Page({ title, beside, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · CTO queue`;
  }, [title]);
  useEffect(() => {
    if (hasNavigated) heading.current?.focus({ preventScroll: true });
    else hasNavigated = true;
    window.scrollTo(0, 0);
  }, []);
  return (
    <>
      <div class="page-head">
        <div class="title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}
