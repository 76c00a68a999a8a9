/** Tests that a request of the dashboard goes to the address that the page means, whatever an id in a link is. */
import { afterEach, expect, it, vi } from "vitest";
import { change, get } from "../../web/src/api/request.ts";

afterEach(() => vi.unstubAllGlobals());

/** Records what the browser would send. */
function recordSent(): string[] {
  const sent: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    sent.push(path);
    return Promise.resolve(new Response("{}", { headers: { "content-type": "application/json" } }));
  });
  return sent;
}

it("sends nothing when an id would move it to another address", async () => {
  const sent = recordSent();
  for (const id of [".", "..", "%2e%2E", ".%2e"]) {
    // Browsers resolve this to /v1/limits: the limits for everyone.
    await expect(change(`/v1/users/${id}/limits`, {}, { method: "PUT" })).rejects.toThrow("Nothing here has");
    await expect(get(`/v1/users/${id}/wallets?balances=true`)).rejects.toThrow("Nothing here has");
  }
  expect(sent).toEqual([]);
});

it("sends every other id as it is", async () => {
  const sent = recordSent();
  const paths = ["...", "a..b", "%2e%2e%2f", "a/b?c=..", "new"].map(
    (id) => `/v1/users/${encodeURIComponent(id)}/limits?search=../..`,
  );
  for (const path of paths) await get(path);
  expect(sent).toEqual(paths);
  for (const path of paths)
    expect(new URL(path, "http://here").pathname).toBe(path.slice(0, path.indexOf("?")));
});
