/** Tests which error is reported where several legs fail in one run. */
import { expect, it } from "vitest";
import type { Step } from "../../src/engine/ports.ts";
import { driveEach } from "../../src/engine/step/each-leg.ts";
import { CTOError } from "../../src/errors/index.ts";
import { unavailable } from "./parts.ts";

const outage = unavailable();
const refusal = new CTOError("CTO_E_RECOVERY_UNPROVED", { step: "1", reason: "pruned" });

/** Drives a leg per error, one after the other. @param own the errors that concern one leg only */
async function drive(errors: readonly unknown[], own: readonly unknown[]) {
  let driven = 0;
  const steps = errors.map((_error, at) => ({ number: at + 1 }) as Step);
  const error = await driveEach(
    steps,
    { parallelism: 1, shared: null, isOwn: (one) => own.includes(one) },
    async ({ number }) => {
      driven += 1;
      throw errors[number - 1];
    },
  ).catch((thrown: unknown) => thrown);
  return { error, driven };
}

it("reports an outage of one leg although another was refused before: it is worth trying again soon", async () => {
  expect(await drive([refusal, outage], [refusal, outage])).toEqual({ error: outage, driven: 2 });
  expect(await drive([outage, refusal], [refusal, outage])).toEqual({ error: outage, driven: 2 });
});

it("reports an outage of one leg although a refusal stopped the others", async () => {
  expect(await drive([outage, refusal, outage], [outage])).toEqual({ error: outage, driven: 2 });
});

it("reports an error that stopped the others, where it is an outage", async () => {
  expect(await drive([refusal, outage, refusal], [refusal])).toEqual({ error: outage, driven: 2 });
});

it("reports the first refusal where nothing else failed", async () => {
  const other = new CTOError("CTO_E_RECOVERY_UNPROVED", { step: "2", reason: "pruned" });
  expect((await drive([refusal, other], [refusal, other])).error).toBe(refusal);
});
