/** What every error's code means: the page that a problem's `type` points to. */
import { REGISTRY } from "../../errors/index.ts";
import type { Routes } from "../server-context.ts";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

const rowOf = ([code, { cause, remedy }]: [string, { cause: string; remedy: string }]): string =>
  `<dt id="${code}"><code>${code}</code></dt>\n<dd><p>${escaped(cause)}</p><p>${escaped(remedy)}</p></dd>`;

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Errors of the CTO queue</title>
<h1>Errors</h1>
<p>Each code with its cause, and what to do. A code never changes meaning.</p>
<dl>
${Object.entries(REGISTRY).map(rowOf).join("\n")}
</dl>
</html>
`;

export const errorRoutes: Routes = (app) => {
  app.get("/docs/errors", { config: { access: "public" }, schema: { hide: true } }, (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(PAGE),
  );
};
