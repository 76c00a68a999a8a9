/** Tests which cases a crash sweep lists and samples, and how its probe counts and holds calls. */
import { describe, expect, it } from "vitest";
import {
  allCases,
  FAULTS,
  forJournal,
  onCluster,
  type Recording,
  SUBJECTS,
  sample,
} from "../../crash/cases.ts";
import { Probe } from "../../crash/probe.ts";

const recording = (beats: number): Recording => ({
  cluster: "today",
  backend: "redis",
  mode: "standard",
  calls: {
    "journal.insertAttempt": { count: 5, sync: false },
    "chain.compose": { count: 2, sync: true },
    "journal.listUnsettled": { count: beats, sync: false },
  },
  rpc: { sendTransaction: 3 },
});
const cases = allCases([recording(20), recording(24)]);
const kills = (name: string): string[] =>
  cases.filter(({ point, fault }) => fault === "kill" && point.startsWith(name)).map(({ point }) => point);

describe("the cases of a crash sweep", () => {
  it("have a kill before and after every call that both recordings have passed", () => {
    expect(kills("journal.insertAttempt")).toHaveLength(10);
    expect(kills("chain.compose:after")).toEqual(["chain.compose:after#1", "chain.compose:after#2"]);
    expect(kills("rpc.sendTransaction")).toHaveLength(6);
  });

  it("have every fault in every mode, open calls among them", () => {
    for (const mode of SUBJECTS) {
      const own = allCases([
        { ...recording(20), mode },
        { ...recording(24), mode },
      ]);
      expect([...new Set(own.map(({ fault }) => fault))].sort(), mode).toEqual(Object.keys(FAULTS).sort());
    }
  });

  it("move to one cluster, but for the forks, which only an older cluster has", () => {
    const forks = cases.filter(({ fault }) => fault === "fork");
    expect(forks.length).toBeGreaterThan(0);
    expect(onCluster(cases, undefined)).toEqual(cases);
    expect(onCluster(forks, "today")).toEqual([]);
    expect(onCluster(forks, "tower")).toEqual(forks);
    const today = onCluster(cases, "today");
    expect(today).toHaveLength(cases.length - forks.length);
    expect(new Set(today.map(({ cluster }) => cluster))).toEqual(new Set(["today"]));
  });

  it("turn no journal on MongoDB read-only", () => {
    const readOnly = cases.filter(({ fault }) => fault === "readonly");
    expect(readOnly.length).toBeGreaterThan(0);
    expect(forJournal(cases, "postgres")).toEqual(cases);
    expect(forJournal(readOnly, "mongo")).toEqual([]);
  });

  it("take the first calls of a method that is called on a beat", () => {
    expect(kills("journal.listUnsettled:before")).toHaveLength(3);
  });

  it("hold no worker at a call that answers at once", () => {
    expect(cases.filter(({ point, fault }) => point.startsWith("chain.compose") && fault !== "kill")).toEqual(
      [],
    );
  });

  it("run on each cluster by halves, the same case always on the same one, and forks where there are any", () => {
    const on = (cluster: string) => cases.filter((item) => item.cluster === cluster).length;
    expect(Math.abs(on("today") - on("tower"))).toBeLessThan(cases.length / 5);
    const few = sample(cases, 20).filter((item) => item.cluster === "today").length;
    expect(Math.abs(few - 10)).toBeLessThanOrEqual(3);
    expect(allCases([recording(20), recording(24)])).toEqual(cases);
    const forks = cases.filter(({ fault }) => fault === "fork");
    expect(forks.length).toBeGreaterThan(0);
    expect(new Set(forks.map(({ cluster }) => cluster))).toEqual(new Set(["tower"]));
  });

  it("are sampled the same way every time, without repetition, from every fault", () => {
    const some = sample(cases, 40);
    expect(some).toEqual(sample(cases, 40));
    expect(new Set(some).size).toBe(some.length);
    expect(Math.abs(some.length - 40)).toBeLessThanOrEqual(1);
    expect(new Set(some.map(({ fault }) => fault))).toEqual(new Set(cases.map(({ fault }) => fault)));
    expect(new Set(sample(cases, cases.length))).toEqual(new Set(cases));
  });
});

describe("the probe", () => {
  it("counts calls from when it is armed, and holds the one that is named", async () => {
    const order: string[] = [];
    let goOn: () => void = () => undefined;
    const probe = new Probe(() => {
      order.push("held");
      return new Promise<void>((resolve) => {
        goOn = resolve;
      });
    });
    const port = probe.wrap("port", {
      async write() {
        order.push("written");
      },
      now: () => 1,
    });
    await port.write();
    probe.arm({ point: "port.write:after#2", action: "hold", clockMs: 0 });
    port.now();
    await port.write();
    const held = port.write().then(() => order.push("answered"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(["written", "written", "written", "held"]);
    goOn();
    await held;
    expect(order.at(-1)).toBe("answered");
    expect(probe.calls()).toEqual({
      "port.write": { count: 2, sync: false },
      "port.now": { count: 1, sync: true },
    });
  });
});
