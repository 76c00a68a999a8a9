/**
 * Builds the documentation's site into `.site/dist`: the pages of `docs/` as they are, the library's reference from its doc
 * comments, and the OpenAPI file. It downloads nothing. It fails if a link leads nowhere.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { Application } from "typedoc";
import { build } from "vitepress";
import { openApi } from "../docs/openapi.ts";
import { checkLinks } from "./check-links.ts";
import { ROOT_PAGES, sidebarOf, titleOf } from "./pages.ts";

const STAGE = ".site";
/** Absolute, because VitePress resolves a relative one from the working directory. */
const SITE = resolve(STAGE, "dist");
const SETTINGS = join(STAGE, ".vitepress");

const PAGES = [
  ...ROOT_PAGES,
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => posix.join("docs", name.replaceAll("\\", "/"))),
];

/** What the pages link to beside other pages: files, and folders. */
function linkedFrom(pages: readonly string[]): { files: string[]; folders: string[] } {
  const targets = pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, to = ""]) =>
      posix.join(posix.dirname(page), to).replace(/\/$/, ""),
    ),
  );
  const others = [...new Set(targets)].filter((target) => !pages.includes(target));
  const folders = others.filter((target) => statSync(target).isDirectory());
  const within = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => posix.join(folder, name))
      .filter((path) => statSync(path).isFile() && !pages.includes(path)),
  );
  const files = others.filter((target) => !folders.includes(target));
  return { files: [...new Set([...files, ...within, "docs/asyncapi.json"])], folders };
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

/** A folder has no page of its own. The site lists what is in it, as the repository's host does. */
function writeFolderPage(folder: string, files: readonly string[]): void {
  const pages = PAGES.filter((page) => posix.dirname(page) === folder)
    .sort()
    .map((page) => `- [${titleOf(page)}](/${page})`);
  const others = files
    .filter((file) => file.startsWith(`${folder}/`))
    .map((file) => `- [${posix.relative(folder, file)}](${posix.relative(folder, file)})`);
  write(join(STAGE, folder, "index.md"), `# ${folder}\n\n${[...pages, ...others].join("\n")}\n`);
}

/** The reference of the three entry points, from their doc comments. */
async function writeReference(): Promise<void> {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: ["src/index.ts", "src/jobs/index.ts", "src/client/index.ts"],
    tsconfig: "tsconfig.json",
    plugin: ["typedoc-plugin-markdown"],
    readme: "none",
    name: "The library's reference",
    disableSources: true,
    excludeInternal: true,
    skipErrorChecking: true,
    logLevel: "Error",
    outputs: [{ name: "markdown", path: join(STAGE, "reference") }],
    // Of the plugin, which TypeDoc's own type does not know.
    ...{ outputFileStrategy: "modules", entryFileName: "index", hideBreadcrumbs: true, useCodeBlocks: true },
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("the library's reference was not made");
  await app.generateOutputs(project);
}

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

rmSync(STAGE, { recursive: true, force: true });
for (const page of PAGES) {
  mkdirSync(dirname(join(STAGE, page)), { recursive: true });
  cpSync(page, join(STAGE, page === "README.md" ? "index.md" : page));
}
const { files, folders } = linkedFrom(PAGES);
for (const file of files) write(join(STAGE, "public/files", file), readFileSync(file, "utf8"));
for (const folder of folders) writeFolderPage(folder, files);
write(join(STAGE, "public/llms.txt"), readFileSync("llms.txt", "utf8"));
write(join(STAGE, "public/openapi.json"), JSON.stringify(await openApi(version)));
await writeReference();
const nav = [
  { text: "Tutorials", link: "/docs/tutorials" },
  { text: "Going live", link: "/docs/going-live" },
  { text: "Reference", link: "/reference/" },
];
write(join(SETTINGS, "pages.json"), JSON.stringify({ sidebar: sidebarOf(), nav, files, folders }));
for (const name of ["config.mjs", "slug.ts"]) cpSync(join("scripts/site", name), join(SETTINGS, name));
await build(STAGE, { outDir: SITE });

const { pages, links, dead } = checkLinks(SITE);
console.log(`site: ${pages} pages, ${links} links, ${dead.length} of them lead nowhere`);
for (const one of dead) console.error(one);
process.exitCode = dead.length === 0 ? 0 : 1;
