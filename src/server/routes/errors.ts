/** Serves the page that explains every error code. A problem's `type` links to it. It has the style of the receipts. */
import { html } from "ghtml";
import { REGISTRY } from "../../errors/index.ts";
import { CONTENT_SECURITY_POLICY, documentOf } from "../receipts/document.ts";
import type { Routes } from "../server-context.ts";

/** The registry marks commands and settings with backticks, as the terminal shows them. */
const marked = (text: string): string =>
  text
    .split("`")
    .map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
    .join("");

const rowOf = ([code, { cause, remedy }]: [string, { cause: string; remedy: string }]): string =>
  html`<section id="${code}" aria-labelledby="${code}-title"><h2 id="${code}-title"><a href="#${code}"><code>${code}</code></a></h2>
<p>!${marked(cause)}</p><p class="note">!${marked(remedy)}</p></section>`;

const PAGE = documentOf({
  title: "Errors of the CTO queue",
  description: "Each code with its cause, and what to do.",
  url: null,
  body: html`<main><header class="top"><p class="brand">CTO queue <span>call to others, in the open</span></p>
<h1>Errors</h1><p class="lead">Each code with its cause, and what to do. A code never changes meaning.</p></header>
!${Object.entries(REGISTRY).map(rowOf)}
<footer><p><a href="/app/">The dashboard</a> · <a href="/docs">The HTTP API</a></p></footer></main>`,
});

export const errorRoutes: Routes = (app) => {
  app.get("/docs/errors", { config: { access: "public" }, schema: { hide: true } }, (_request, reply) =>
    reply
      .header("content-security-policy", CONTENT_SECURITY_POLICY)
      .type("text/html; charset=utf-8")
      .send(PAGE),
  );
};
