/** Contains small pieces of HTML that several parts of the receipt use. */
import { html } from "ghtml";
import type { Explorers } from "./explorers.ts";

export const code = (text: string): string => html`<code>${text}</code>`;

/**
 * Renders plain text if there is no URL.
 *
 * @param whole the text in full, if `text` is short
 */
export const linked = (text: string, url: string | undefined, whole = text): string => {
  const shown = whole === text ? code(text) : html`<code title="${whole}">${text}</code>`;
  return url === undefined ? shown : html`<a href="${url}" rel="noopener">!${shown}</a>`;
};

/** Renders a signature, with links if a public explorer shows it. */
export function transactionOf(signature: string, explorers: Explorers | null): string {
  const pages = explorers?.transaction(signature) ?? [];
  const links = pages.map(({ name, url }) => html`<a href="${url}" rel="noopener">${name}</a>`);
  return html`!${code(signature)} !${links.join(" · ")}`;
}

/**
 * Renders one line of a description list.
 *
 * @param definition HTML
 */
export const entry = (term: string, definition: string): string =>
  html`<div><dt>${term}</dt><dd>!${definition}</dd></div>`;
