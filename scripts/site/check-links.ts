/** Finds links of the built site that lead nowhere: to a page, a file or a heading that it does not have. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/** The file that a server would send for the path; null if there is none. */
const fileOf = (site: string, path: string): string | null =>
  [path, `${path}.html`, posix.join(path, "index.html")]
    .map((one) => join(site, one))
    .find((file) => isFile(file)) ?? null;

const attributes = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value = ""]) =>
    value.replaceAll("&amp;", "&"),
  );

export type Checked = { readonly pages: number; readonly links: number; readonly dead: readonly string[] };

export function checkLinks(site: string): Checked {
  const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html") && name !== "404.html")
    .map((name) => posix.normalize(name.replaceAll("\\", "/")));
  const read = new Map<string, { html: string; ids: Set<string> }>();
  const open = (file: string): { html: string; ids: Set<string> } => {
    const known = read.get(file);
    if (known !== undefined) return known;
    const html = readFileSync(file, "utf8");
    const page = { html, ids: new Set(attributes(html, "id")) };
    read.set(file, page);
    return page;
  };
  const dead: string[] = [];
  let links = 0;
  for (const page of pages) {
    const { html } = open(join(site, page));
    for (const href of new Set([...attributes(html, "href"), ...attributes(html, "src")])) {
      if (/^[a-z]+:/i.test(href)) continue;
      links += 1;
      const [path = "", anchor] = href.split("#");
      const target = path === "" ? page : decodeURIComponent(posix.join("/", posix.dirname(page), path));
      const file = fileOf(site, path.startsWith("/") ? decodeURIComponent(path) : target);
      if (file === null) dead.push(`${page}: ${href}`);
      else if (anchor !== undefined && anchor !== "" && file.endsWith(".html"))
        if (!open(file).ids.has(decodeURIComponent(anchor))) dead.push(`${page}: ${href} (no such heading)`);
    }
  }
  return { pages: pages.length, links, dead };
}
