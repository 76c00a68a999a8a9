/** Tests that every error code has a kind in the registry, and that the kind decides how the error is handled. */
import { expect, it } from "vitest";
import {
  CTOError,
  type ErrorCode,
  isAway,
  isOutage,
  isOutageCode,
  isOversize,
  isPassedOver,
  isUnknown,
  REGISTRY,
} from "../../src/errors/index.ts";

const KINDS = ["transient", "unknown", "venueAway", "nextVenue", "oversize", "final"];
const codes = Object.keys(REGISTRY) as ErrorCode[];
const thrown = (code: ErrorCode, cause?: unknown): CTOError =>
  Object.assign(new CTOError("CTO_E_INTERNAL", { reason: "" }, { cause }), { code });

it("every code has a kind, and says what a person does", () => {
  for (const code of codes) {
    expect(KINDS, code).toContain(REGISTRY[code].kind);
    expect(REGISTRY[code].remedy, code).toMatch(/^[A-Z`].*\.$/s);
  }
});

it.each(codes)("%s is treated as its kind says", (code) => {
  const { kind } = REGISTRY[code];
  const error = thrown(code);
  expect(isOutage(error)).toBe(["transient", "unknown", "venueAway"].includes(kind));
  expect(isOutageCode(code)).toBe(isOutage(error));
  expect(isUnknown(error)).toBe(kind === "unknown");
  expect(isAway(error)).toBe(kind === "venueAway");
  expect(isOversize(error)).toBe(kind === "oversize");
  expect(isPassedOver(error)).toBe(["venueAway", "nextVenue", "oversize"].includes(kind));
});

it("no outage promises another try to an operation that it has ended", () => {
  const promising = codes.filter((code) => /tried again|waits|resume/.test(REGISTRY[code].remedy));
  const outages = promising.filter((code) => isOutageCode(code));
  expect(outages).toContain("CTO_E_RPC_UNAVAILABLE");
  for (const code of outages)
    expect(REGISTRY[code].remedy, code).toMatch(/has ended|under way|until it is proved|goes on by itself/);
});

it("an error of somebody else may pass, and proves nothing of a venue or a read", () => {
  const error = new TypeError("a mistake");
  expect([isOutage(error), isUnknown(error), isPassedOver(error)]).toEqual([true, false, false]);
});

it("a price that was not checked is an outage only while the aggregator does not answer", () => {
  expect(isOutage(thrown("CTO_E_PRICE_UNCHECKED", thrown("CTO_E_VENUE_UNAVAILABLE")))).toBe(true);
  expect(isOutage(thrown("CTO_E_PRICE_UNCHECKED", thrown("CTO_E_NO_ROUTE")))).toBe(false);
});

it("a stored code that this version does not know is no outage", () => {
  expect(isOutageCode("CTO_E_OF_ANOTHER_TIME")).toBe(false);
});
