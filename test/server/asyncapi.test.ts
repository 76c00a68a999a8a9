/** Tests that the AsyncAPI document is valid, and that its schemas are those of what is sent. */
import specs from "@asyncapi/specs";
import { address, lamports, signature } from "@solana/kit";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { asyncApi } from "../../scripts/docs/asyncapi.ts";
import type { OperationEvent, StoredEvent } from "../../src/engine/ports.ts";
import { toEvent } from "../../src/server/present.ts";
import { EVENT_SCHEMAS, WEBHOOK_SCHEMAS } from "../../src/server/schemas/events.ts";
import { deliveryOf } from "../../src/services/webhooks/messages.ts";

const WALLET = address("11111111111111111111111111111111");
const SIGNATURE = signature("1".repeat(64));
const failure = { code: "CTO_E_INTERNAL", message: "why" };
const landed = { status: "confirmed", progress: 72, signature: SIGNATURE, slot: 9n, failure } as const;

/** One event of each type, with every field that it may have. */
const EVENTS: {
  readonly [Type in OperationEvent["type"]]: Required<Extract<OperationEvent, { type: Type }>>;
} = {
  phase: {
    type: "phase",
    phase: "started",
    label: "CTO Operation Started",
    progress: 10,
    token: { symbol: "A", name: "B", unverified: true },
  },
  leg: { type: "leg", leg: 1, address: WALLET, lamports: lamports(5n), ...landed },
  fund: { type: "fund", batch: 1, firstLeg: 1, lastLeg: 2, ...landed },
  recover: { type: "recover", leg: 1, address: WALLET, lamports: lamports(5n), ...landed },
  result: { type: "result", status: "needs_review", progress: 100, failure },
  incident: {
    type: "incident",
    leg: 1,
    address: WALLET,
    received: 1n,
    least: 2n,
    signature: SIGNATURE,
    slot: 9n,
    failure,
    progress: 100,
  },
  review: {
    type: "review",
    leg: 1,
    resolution: "dead",
    forced: true,
    reviewer: "ops",
    reason: "why",
    evidence: "none",
    progress: 100,
    signature: SIGNATURE,
  },
};

const stored = (event: OperationEvent): StoredEvent => ({ ...event, seq: 1, at: new Date(0), compacted: 3 });

function validator() {
  // The official schema brings its own copy of draft 7.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats.default(ajv);
  return ajv.compile({ ...specs.schemas["3.0.0"] } as Record<string, unknown>);
}

describe("the AsyncAPI document", () => {
  it("is valid by AsyncAPI's own schema, which refuses a wrong one", () => {
    const validate = validator();
    expect(validate(asyncApi("0.1.0")), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...asyncApi("0.1.0"), operations: { x: { action: "shout" } } })).toBe(false);
  });

  it("refers only to what it has", () => {
    const document = asyncApi("0.1.0");
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = ""]) => path,
    );
    expect(references.length).toBeGreaterThan(20);
    const find = (path: string): unknown =>
      path
        .split("/")
        .reduce<unknown>(
          (at, part) => (at as Record<string, unknown> | undefined)?.[part.replaceAll("~1", "/")],
          document,
        );
    expect(references.filter((path) => find(path) === undefined)).toEqual([]);
  });

  it.each(Object.values(EVENTS))("describes all that an event of the type $type says", (event) => {
    const sent = JSON.parse(JSON.stringify(toEvent("op_1", stored(event))));
    expect(EVENT_SCHEMAS[event.type].strict().parse(sent)).toEqual(sent);
  });

  it("describes all that a webhook gets", () => {
    const cases: OperationEvent[] = [
      EVENTS.phase,
      EVENTS.leg,
      { ...EVENTS.leg, status: "failed" },
      EVENTS.result,
      { ...EVENTS.result, status: "completed" },
      EVENTS.incident,
    ];
    const events = [
      "operation.started",
      "leg.landed",
      "leg.failed",
      "operation.completed",
      "operation.needs_review",
      "operation.incident",
    ] as const;
    const webhook = {
      id: "wh_1",
      userId: "alice",
      url: "https://example.org",
      createdAt: new Date(0),
      createdBy: "ops",
    };
    const types = cases.map((event) => {
      const delivery = deliveryOf(
        { operationId: "op_1", userId: "alice", event: stored(event) },
        { ...webhook, events },
      );
      if (delivery === null) return null;
      const body = JSON.parse(delivery.payload);
      const { data } = WEBHOOK_SCHEMAS[delivery.type].shape;
      expect(data.strict().parse(body.data)).toEqual(body.data);
      return delivery.type;
    });
    expect(types.toSorted()).toEqual(events.toSorted());
  });
});
