/**
 * Builds the HTML document of a public page: its head, including the data for link previews. It contains no script of
 * its own; a page may name one of this server.
 */
import { createHash } from "node:crypto";
import { html } from "ghtml";
import { STYLE } from "./style.ts";

/**
 * Returns the policy of a page. It may load only its own style sheet, identified by its hash.
 *
 * @param scripts what scripts it may run and where they may connect to; none without it
 */
export const policyOf = (style: string, scripts: readonly string[] = []): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "img-src data:",
    ...scripts,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Of a receipt: no script can run, including our own. */
export const CONTENT_SECURITY_POLICY = policyOf(STYLE);

/** A tick in the brand's colours, embedded in the page, so that the page loads nothing. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b6b57'/%3E%3Cpath d='M9 16.5l5 5 9-11' fill='none' stroke='white' stroke-width='3.5' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

export type Page = {
  readonly title: string;
  /** One sentence for link previews. */
  readonly description: string;
  /** The absolute URL of the page, if it is known. */
  readonly url: string | null;
  /** HTML. */
  readonly body: string;
  /** For link previews. Default: receipts. */
  readonly site?: string;
  /** The whole style sheet, if it is not that of receipts. */
  readonly style?: string;
  /** The address of a script of this server. */
  readonly script?: string;
};

export const documentOf = ({
  title,
  description,
  url,
  body,
  site = "CTO receipts",
  style = STYLE,
  script,
}: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<meta name="description" content="${description}">
<meta name="robots" content="noindex">
<meta property="og:type" content="article">
<meta property="og:site_name" content="${site}">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${description}">
!${url === null ? "" : html`<meta property="og:url" content="${url}"><link rel="canonical" href="${url}">`}
<meta name="twitter:card" content="summary">
<link rel="icon" href="${ICON}">
<style>!${style}</style>
!${script === undefined ? "" : html`<script type="module" src="${script}"></script>`}
</head>
<body>
!${body}
</body>
</html>
`;
