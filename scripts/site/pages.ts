/** Which pages the site has, and where they stand in its side bar. A page of `docs/` that is not named here fails the build. */
import { readdirSync, readFileSync } from "node:fs";

export type Link = { readonly text: string; readonly link: string };
export type Group = { readonly text: string; readonly collapsed: boolean; readonly items: readonly Link[] };

/** Pages outside `docs/`. The README is the first page. */
export const ROOT_PAGES = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "CODE_OF_CONDUCT.md",
  "SECURITY.md",
] as const;

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Begin: ["README.md", "docs/tutorials.md", "docs/localnet.md", "docs/glossary.md"],
  Use: [
    "docs/library.md",
    "docs/api.md",
    "docs/client.md",
    "docs/wallets.md",
    "docs/webhooks.md",
    "docs/telegram.md",
    "docs/calls.md",
    "docs/dashboard.md",
    "docs/receipt-format.md",
  ],
  Operate: [
    "docs/going-live.md",
    "docs/operating.md",
    "docs/runbook.md",
    "docs/sizing.md",
    "docs/scale.md",
    "docs/explain.md",
    "CHANGELOG.md",
  ],
  Reference: ["docs/configuration.md", "docs/errors.md", "docs/events.md"],
  Understand: [
    "ARCHITECTURE.md",
    "docs/rules.md",
    "docs/guards.md",
    "docs/reliability.md",
    "docs/simulator.md",
    "docs/performance.md",
    "CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    "SECURITY.md",
  ],
};

/** Made at the build: they are in the site alone. */
const BUILT: readonly Link[] = [
  { text: "The library's reference", link: "/reference/" },
  { text: "OpenAPI file", link: "/openapi.json" },
  { text: "AsyncAPI file", link: "/files/docs/asyncapi.json" },
];

const pathOf = (page: string): string => (page === "README.md" ? "/" : `/${page.replace(/\.md$/, "")}`);

/** @throws if a page has no heading of the first level */
export function titleOf(page: string): string {
  const title = /^# (.+)$/m.exec(readFileSync(page, "utf8"))?.[1];
  if (title === undefined) throw new Error(`${page} has no heading`);
  return title;
}

const linkTo = (page: string): Link => ({ text: titleOf(page), link: pathOf(page) });

/** @throws if a page is in no group, or in two */
export function sidebarOf(): Group[] {
  const named = Object.values(GROUPS).flat();
  const pages = [
    ...ROOT_PAGES,
    ...readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const problems = [
    ...pages.filter((page) => !named.includes(page)).map((page) => `${page} is in no group`),
    ...named.filter((page, at) => named.indexOf(page) !== at).map((page) => `${page} is in two groups`),
  ];
  if (problems.length > 0) throw new Error(`scripts/site/pages.ts: ${problems.join("; ")}`);
  return [
    ...Object.entries(GROUPS).map(([text, group]) => ({
      text,
      collapsed: false,
      items: [...group.map(linkTo), ...(text === "Reference" ? BUILT : [])],
    })),
    {
      text: "Decisions",
      collapsed: true,
      items: readdirSync("docs/adr")
        .sort()
        .map((name) => linkTo(`docs/adr/${name}`)),
    },
  ];
}
