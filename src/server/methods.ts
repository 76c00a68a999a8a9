/**
 * Knows which methods each path takes, so that a request with another method gets the right answer: 405, with the
 * methods that the path takes.
 */
import type { RouteOptions } from "fastify";
import type { ServerApp } from "./server-context.ts";

/** Returns the methods that a path takes; none if there is no such path. */
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

/** Watches the routes from now on. */
export function watchMethods(app: ServerApp): MethodsOf {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook("onRoute", ({ url, method }: RouteOptions) => {
    // CORS answers OPTIONS on every path, also where there is nothing.
    if (url !== "*") routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  return (path) => {
    const found = routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []));
    return [...new Set(found)].sort();
  };
}
