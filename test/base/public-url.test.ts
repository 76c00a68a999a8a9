/** Tests that addresses for people keep the path of CTO_PUBLIC_URL, behind which a proxy may serve us. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { underPublicUrl } from "../../src/base/public-url.ts";

it("keeps the path, with and without a slash at its end", () => {
  for (const [base, path, whole] of [
    ["https://cto.example", "/r/op_1", "https://cto.example/r/op_1"],
    ["https://cto.example/", "/r/op_1", "https://cto.example/r/op_1"],
    ["https://example.org/cto", "/r/op_1", "https://example.org/cto/r/op_1"],
    [
      "https://example.org/a/b//",
      "/v1/disclosures?before=op_1",
      "https://example.org/a/b/v1/disclosures?before=op_1",
    ],
  ] as const)
    expect(underPublicUrl(base, path)).toBe(whole);
});

it("no source resolves a path against the public URL, which would drop that URL's path", () => {
  const folder = new URL("../../src/", import.meta.url);
  const dropping = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .filter((name) =>
      /new URL\([^;]*,\s*(publicUrl|CTO_PUBLIC_URL|base)\)/.test(readFileSync(new URL(name, folder), "utf8")),
    );
  expect(dropping).toEqual([]);
});
