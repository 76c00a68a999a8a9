/** Moves through a page with the Tab key, as a user without a pointer does. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** More stops than any page has before the wanted control. */
const MAX_STOPS = 80;

type Stop = { name: string; ring: boolean };

/** Describes the focused element: approximately its accessible name, and whether its focus is visible. */
const DESCRIBE = `(() => {
  const element = document.activeElement;
  const label = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent ?? "";
  const seen = [element, element.nextElementSibling].some((one) => one && getComputedStyle(one).outlineStyle !== "none");
  return { name: label.trim().replace(/\\s+/g, " "), ring: seen };
})()`;

/** Presses Tab until the wanted control has the focus. Each stop on the way must show its focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  const isWanted = (text: string): boolean => (typeof name === "string" ? text === name : name.test(text));
  for (let stops = 0; stops < MAX_STOPS; stops += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate<Stop>(DESCRIBE);
    expect(stop.ring, `the focus on "${stop.name.slice(0, 60)}" is to be seen`).toBe(true);
    if (isWanted(stop.name)) return;
    passed.push(stop.name.slice(0, 30));
  }
  throw new Error(`Tab never came to ${name}; it passed ${passed.join(" | ")}`);
}
