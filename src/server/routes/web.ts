/** Serves the dashboard's files, which `npm run build` writes to `dist/web`. Without a build, a page says so. */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { Routes } from "../server-context.ts";

const INDEX = "index.html";

/** The names of the files in this folder contain a hash of their content. */
const HASHED = "assets/";

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>CTO queue</title>
<h1>The dashboard has not been built</h1>
<p>Run <code>npm run build</code> and load this page again. The API works without it: see <a href="/docs">/docs</a>.</p>
</html>
`;

const send = (reply: FastifyReply, root: string, path: string): FastifyReply => {
  if (!existsSync(join(root, INDEX))) return reply.code(503).type("text/html; charset=utf-8").send(NOT_BUILT);
  // A path without an extension is a page of the dashboard, whose router runs in the browser.
  const file = posix.extname(path) === "" ? INDEX : path;
  if (file.startsWith(HASHED)) return reply.sendFile(file, { maxAge: "365d", immutable: true });
  return reply.header("cache-control", "no-cache").sendFile(file, { cacheControl: false });
};

export const webRoutes: Routes = async (app, { webRoot }) => {
  await app.register(fastifyStatic, { root: webRoot, serve: false, index: false, preCompressed: true });
  const open = { config: { access: "public" as const }, schema: { hide: true } };
  app.get("/", open, (_request, reply) => reply.redirect("/app/", 302));
  app.get("/app", open, (_request, reply) => reply.redirect("/app/", 302));
  app.get<{ Params: { "*": string } }>("/app/*", open, (request, reply) =>
    send(reply, webRoot, request.params["*"]),
  );
};
