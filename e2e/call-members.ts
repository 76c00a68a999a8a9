/** Opens a page for each member of a call, with a test wallet of its own, and does there what a member does. */
import type { Browser, Locator, Page } from "playwright-core";
import type { Base64EncodedWireTransaction } from "../src/engine/ports.ts";
import type { CallStage } from "../test/support/call-stage.ts";
import { openPage } from "./page.ts";
import { type Habit, register, swapped, type TestWallet, withGuard } from "./test-wallet.ts";

const SOL = 1_000_000_000n;

/** Terms of a call that all five members that sign are needed for: each pledges 4 SOL. */
export const termsOfAll = () => ({
  leastLamports: String(20n * SOL),
  mostLamports: String(30n * SOL),
  leastWallets: 5,
  perWallet: { leastLamports: String(SOL), mostLamports: String(4n * SOL) },
  closesAt: `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`,
  musterSeconds: 1_200,
});

export type Guest = {
  readonly wallet: TestWallet;
  readonly page: Page;
  readonly complaints: readonly string[];
};

/** Refusals are answers of the server, which Chromium logs as errors. */
const REFUSAL = /status of 4\d\d/;

export const graveOf = ({ complaints }: Guest): string[] => complaints.filter((text) => !REFUSAL.test(text));

/** Lets the slow wallet sign when the test says so: its 20 seconds are blocks here, and the test makes them. */
export type Gate = { wait(): Promise<void>; open(): void };

export function gate(): Gate {
  const waiting: (() => void)[] = [];
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    open() {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

type Broadcast = (wire: Base64EncodedWireTransaction) => Promise<unknown>;

const plain = (name: string): Habit => ({ name, versions: [0, 1] });

/** The ten members. The amounts make the muster begin with the last pledge, and need all five that sign. */
export const habits = (slow: Gate, broadcast: Broadcast) =>
  ({
    underfunded: { habit: plain("Underfunded"), holds: 1n, pledges: "4" },
    sends: { habit: { ...plain("Sends"), sends: broadcast }, holds: 6n, pledges: "1" },
    swapping: { habit: { name: "Swapping", versions: [0], changes: swapped }, holds: 6n, pledges: "1" },
    absent: { habit: plain("Absent"), holds: 6n, pledges: "1" },
    withdrawing: { habit: plain("Withdrawing"), holds: 6n, pledges: "1" },
    honest: { habit: plain("Honest"), holds: 6n, pledges: "4" },
    guarding: { habit: { name: "Guarding", versions: [0], changes: withGuard }, holds: 6n, pledges: "4" },
    old: { habit: { name: "Version 0 only", versions: [0] }, holds: 6n, pledges: "4" },
    slow: { habit: { ...plain("Slow"), waits: slow.wait }, holds: 6n, pledges: "4" },
    double: { habit: plain("Double-clicking"), holds: 6n, pledges: "4" },
  }) as const satisfies Record<string, { habit: Habit; holds: bigint; pledges: string }>;

export async function openGuest(
  browser: Browser,
  calls: CallStage,
  url: string,
  { habit, holds }: { habit: Habit; holds: bigint },
): Promise<Guest> {
  return openDevice(browser, url, {
    ...calls.member(holds),
    habit,
    asked: { texts: [], transactions: 0 },
  });
}

/** Opens a browser that has this wallet. A member may have several. */
export async function openDevice(browser: Browser, url: string, wallet: TestWallet): Promise<Guest> {
  const { page, complaints } = await openPage(
    browser,
    { url, adminKey: "", home: "" },
    { viewport: { width: 390, height: 844 } },
  );
  await register(page, wallet);
  return { wallet, page, complaints };
}

/** Lets a wallet that only sends sign that it asks for its transaction. */
export async function request(guest: Guest): Promise<void> {
  await until(guest, guest.page.getByText("Let it sign now that it asks."));
  await guest.page.locator("#join pre", { hasText: "I ask for my transaction of this call" }).waitFor();
  await guest.page.getByRole("button", { name: "Sign this message" }).click();
}

/**
 * What a wallet that only sends was handed is handed out once: to this page, which keeps it, and to no other. The wallet proves on
 * each device who it is.
 */
export async function expectHandedOnce(browser: Browser, guest: Guest, callId: string): Promise<void> {
  const send = guest.page.getByRole("button", { name: "Sign and send in my wallet" });
  await until(guest, send);
  const other = await openDevice(browser, new URL(guest.page.url()).origin, guest.wallet);
  await visit(other, callId);
  await request(other);
  await until(other, other.page.getByText("was handed out before, and not to this page"));
  await other.page.context().close();
  await visit(guest, callId);
  await until(guest, send);
}

/** Opens the call. A wallet that was connected before is found again without a question. */
export async function visit({ page, wallet }: Guest, callId: string): Promise<void> {
  await page.goto(`/c/${callId}`);
  const address = page.locator("#join code", { hasText: wallet.address }).first();
  const choice = page.locator("#join .wallets button", { hasText: wallet.habit.name });
  await address.or(choice).first().waitFor();
  if (await choice.isVisible()) await choice.click();
  await address.waitFor();
}

export async function pledge(guest: Guest, sol: string, clicks = 1): Promise<void> {
  const { page } = guest;
  await page.getByLabel("Amount in SOL").fill(sol);
  await page.getByRole("button", { name: "Pledge…" }).click();
  await page.locator("#join pre", { hasText: "I intend to join this call" }).waitFor();
  await page.getByRole("button", { name: "Sign this message" }).click({ clickCount: clicks });
  // The last pledge may begin the muster before anybody sees that it was counted.
  await until(guest, page.getByText("You have pledged").or(page.getByText("You are member")));
}

/** Reads what will be signed, and asks the wallet. */
export async function sign(guest: Guest, clicks = 1): Promise<void> {
  const { page } = guest;
  await until(guest, page.getByText("It fails rather than bring fewer."));
  await page.getByRole("button", { name: "Sign in my wallet" }).click({ clickCount: clicks });
}

/** Waits for something, and says what the page shows instead if it does not come. */
async function until(guest: Guest, what: Locator): Promise<void> {
  try {
    await what.first().waitFor();
  } catch (error) {
    const shown = await guest.page.locator("#join").textContent();
    throw new Error(`${guest.wallet.habit.name} sees:\n${shown}`, { cause: error });
  }
}

export const untilSigned = (guest: Guest): Promise<void> =>
  until(guest, guest.page.getByText("Your signature is in."));

export async function withdraw(guest: Guest): Promise<void> {
  const { page } = guest;
  await page.getByRole("button", { name: "Withdraw…" }).click();
  await page.locator("#join pre", { hasText: "I withdraw my pledge" }).waitFor();
  await page.getByRole("button", { name: "Sign this message" }).click();
  await until(guest, page.locator("#join").getByText("withdrew."));
}

export const refusal = (guest: Guest, code: string): Promise<void> =>
  until(guest, guest.page.locator("#join .problem code", { hasText: code }));
