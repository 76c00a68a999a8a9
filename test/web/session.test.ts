/** Tests what the dashboard knows of its session when several requests are refused, and when another tab signs in. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get } from "../../web/src/api/request.ts";
import { refreshSession, resumeSession, session } from "../../web/src/session.ts";

const ME = { version: "1", cluster: "localnet", halted: null, key: { id: "k", scopes: ["admin"] } };
let isIn: boolean;

beforeEach(() => {
  isIn = true;
  vi.stubGlobal("fetch", () =>
    Promise.resolve(
      isIn
        ? Response.json(ME)
        : Response.json({ code: "CTO_E_UNAUTHENTICATED", detail: "No session." }, { status: 401 }),
    ),
  );
});
afterEach(() => vi.unstubAllGlobals());

it("says that the session has ended, however many requests of the page are refused", async () => {
  await refreshSession();
  expect(session.value.state).toBe("in");
  isIn = false;
  await Promise.allSettled([get("/v1/overview"), get("/v1/operations"), refreshSession()]);
  expect(session.value).toEqual({ state: "out", ended: true });
});

it("goes on when another tab has signed in, and stays at the sign-in while none has", async () => {
  isIn = false;
  await refreshSession();
  await resumeSession();
  expect(session.value.state).toBe("out");
  isIn = true;
  await resumeSession();
  expect(session.value).toMatchObject({ state: "in", me: ME });
});
