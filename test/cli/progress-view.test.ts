/** Tests the progress of an operation in the terminal: bars, or plain lines if there is no terminal. */
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { createProgressView, draw } from "../../src/cli/progress-view.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import type { Address, Lamports } from "../../src/engine/ports.ts";

const address = "9Dgd27DNW6v9f8y9f3zhJ1po4vRR4sE9anTdxP27Pxy2" as Address;
const plain = pc.createColors(false);

describe("the progress of an operation", () => {
  it("is drawn as one bar for the operation and one per leg", () => {
    const legs = new Map([
      [1, { leg: 1, address, lamports: 500_000_000n, status: "confirmed" as const }],
      [2, { leg: 2, address, lamports: 500_000_000n, status: "ready" as const }],
    ]);
    const lines = draw({ title: "op_1", label: "Executing Operation", progress: 85, legs }, plain).split(
      "\n",
    );
    expect(lines).toEqual([
      "op_1",
      `${"█".repeat(34)}${"░".repeat(6)} 85 %  Executing Operation`,
      `   1  9Dgd27DN…           0.5 SOL  ${"█".repeat(9)}░ confirmed`,
      `   2  9Dgd27DN…           0.5 SOL  ${"░".repeat(10)} ready`,
    ]);
  });

  it("is printed in plain lines without a terminal", () => {
    const lines: string[] = [];
    const terminal: Terminal = {
      json: true,
      colours: plain,
      notes: process.stderr,
      answer: () => undefined,
      note: (line) => lines.push(line),
    };
    const view = createProgressView(terminal, "op_1");
    const event = { jobId: "op_1", at: new Date(0) };
    view.event({
      ...event,
      seq: 1,
      type: "phase",
      phase: "started",
      label: "CTO Operation Started",
      progress: 10,
    });
    view.event({
      ...event,
      seq: 2,
      type: "leg",
      leg: 1,
      address,
      lamports: 5n as Lamports,
      status: "failed",
      progress: 99,
      failure: { code: "CTO_E_TRANSACTION_REFUSED", message: "too dear" },
    });
    view.event({ ...event, seq: 3, type: "result", status: "failed", progress: 100 });
    view.done();
    expect(lines).toEqual([
      "op_1",
      "   10 %  CTO Operation Started",
      "   99 %  leg 1 9Dgd27DN… failed: CTO_E_TRANSACTION_REFUSED too dear",
      "  100 %  ended: failed",
    ]);
  });
});
