/**
 * Knows which methods each path takes, so that a request with another method gets the right answer: 405, with the
 * methods that the path takes.
 */
import type { RouteOptions } from "fastify";
import type { ServerApp } from "./server-context.ts";

/**
 * Returns the methods that a path takes; none if there is no such path. A path of its own hides a pattern that it also
 * matches: `/v1/operations/batch` is no operation, and takes POST alone.
 */
export type MethodsOf = (path: string) => string[];

/** Matches the paths of a route, such as `/v1/operations/:id`. */
const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split("/")
      .map((part) =>
        part
          .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
          .replace(/:\w+/g, "[^/]+")
          .replace("*", ".*"),
      )
      .join("/")}$`,
  );

/** How many parts of a route's path stand for any text. */
const openParts = (url: string): number => url.split(/[:*]/).length;

/** Watches the routes from now on. */
export function watchMethods(app: ServerApp): MethodsOf {
  const routes: { readonly pattern: RegExp; readonly open: number; readonly methods: readonly string[] }[] =
    [];
  app.addHook("onRoute", ({ url, method }: RouteOptions) => {
    // CORS answers OPTIONS on every path, also where there is nothing.
    if (url !== "*") routes.push({ pattern: patternOf(url), open: openParts(url), methods: [method].flat() });
  });
  return (path) => {
    const matching = routes.filter(({ pattern }) => pattern.test(path));
    const fewest = Math.min(...matching.map(({ open }) => open));
    const methods = matching.filter(({ open }) => open === fewest).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  };
}
