/** Tests how long a webhook's secrets sign after one or several rotations. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newSecrets, openSecrets, rotated } from "../../src/services/webhooks/secrets.ts";
import { createSecretBox } from "../../src/wallets/secret-box.ts";

const HOUR_MS = 3_600_000;
const WEBHOOK = { id: "wh", userId: "alice" };
const box = createSecretBox("a secret of the installation that nobody guesses");

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

it("each earlier secret signs for a day after its own rotation, however many follow", async () => {
  const first = await newSecrets(box, WEBHOOK);
  const second = await rotated(box, WEBHOOK, first.secrets);
  vi.setSystemTime(Date.now() + 12 * HOUR_MS);
  const third = await rotated(box, WEBHOOK, second.secrets);
  const signing = () => openSecrets(box, WEBHOOK, third.secrets);
  expect(await signing()).toEqual([third.secret, second.secret, first.secret]);
  vi.setSystemTime(Date.now() + 12 * HOUR_MS);
  expect(await signing()).toEqual([third.secret, second.secret]);
  vi.setSystemTime(Date.now() + 12 * HOUR_MS);
  expect(await signing()).toEqual([third.secret]);
});

it("no more than four earlier secrets sign, and none that is over is kept", async () => {
  let last = await newSecrets(box, WEBHOOK);
  const made = [last.secret];
  for (let at = 0; at < 6; at += 1) {
    last = await rotated(box, WEBHOOK, last.secrets);
    made.unshift(last.secret);
  }
  expect(await openSecrets(box, WEBHOOK, last.secrets)).toEqual(made.slice(0, 5));
  vi.setSystemTime(Date.now() + 25 * HOUR_MS);
  const later = await rotated(box, WEBHOOK, last.secrets);
  expect(JSON.parse(later.secrets)).toHaveLength(2);
});
