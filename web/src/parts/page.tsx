/** The frame of every page: its title, its one heading, which takes the focus when the page is come to, and its actions. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The first page that is shown leaves the focus where the browser has it. */
let hasNavigated = false;

type Props = {
  title: string;
  /** Stands next to the title. */
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
