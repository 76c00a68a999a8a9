/** VitePress's settings. `main.ts` puts this file beside the pages, with `pages.json`: the side bar and the files to serve. */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { defineConfig } from "vitepress";
import { slugOf } from "./slug.ts";

const { sidebar, nav, files, folders } = JSON.parse(
  readFileSync(new URL("./pages.json", import.meta.url), "utf8"),
);

/** A link of a page stays as it is for the repository's host; here it leads to the page or the file of the site. */
function siteLinks(md) {
  md.core.ruler.push("site-links", ({ tokens, env }) => {
    const links = tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === "link_open");
    for (const link of links) {
      const href = link.attrGet("href") ?? "";
      if (/^([a-z]+:|#|\/)/i.test(href)) continue;
      const [path = "", anchor] = href.split("#");
      const target = posix.join(posix.dirname(env.relativePath), path).replace(/\/$/, "");
      if (target === "README.md") link.attrSet("href", `/index.md${anchor ? `#${anchor}` : ""}`);
      else if (folders.includes(target)) link.attrSet("href", `/${target}/index.md`);
      else if (files.includes(target)) {
        link.attrSet("href", `/files/${target}`);
        link.attrSet("target", "_self"); // Not a page: the site's own router must leave it alone.
      }
    }
  });
}

/** `<mint>` in a text is a placeholder for a reader, and no element: only comments stay HTML. */
function plainAngles(md) {
  md.core.ruler.push("plain-angles", ({ tokens }) => {
    for (const token of tokens.flatMap((one) => [one, ...(one.children ?? [])]))
      if (token.type === "html_inline" && !token.content.startsWith("<!--")) token.type = "text";
  });
}

export default defineConfig({
  title: "CTO queue",
  description: "Call To Others: many wallets buy one Solana token together, in the open, each at most once.",
  lang: "en",
  markdown: {
    anchor: { slugify: slugOf },
    config: (md) => {
      siteLinks(md);
      plainAngles(md);
    },
  },
  themeConfig: {
    nav,
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
    footer: { message: "Apache-2.0. Every transaction carries a public memo." },
  },
});
