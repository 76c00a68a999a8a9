/** Renders the changing parts of the server's page again after each change of the call, and counts down. */
import { effect } from "@preact/signals";
import { LIVE_PARTS, type PartName } from "../../../src/server/calls/live-parts.ts";
import { leftWords } from "./left-words.ts";
import { call } from "./live.ts";
import { serverNow, token } from "./page.ts";

const EVERY_MS = 1_000;

const isPart = (name: string): name is PartName => Object.hasOwn(LIVE_PARTS, name);

function countDown(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-until]"))
    place.textContent = leftWords(Date.parse(place.dataset.until ?? "") - serverNow());
}

export function renewParts(): void {
  const shown = new Map<string, string>();
  effect(() => {
    const seen = call.value;
    if (seen === null) return;
    for (const place of document.querySelectorAll<HTMLElement>("[data-part]")) {
      const name = place.dataset.part ?? "";
      if (!isPart(name)) continue;
      const content = LIVE_PARTS[name](seen, token);
      if (shown.get(name) === content) continue;
      shown.set(name, content);
      // The renderer escapes every text, as it does for the server's answer.
      place.innerHTML = content;
    }
    countDown();
  });
  countDown();
  setInterval(countDown, EVERY_MS);
}
