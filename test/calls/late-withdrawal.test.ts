/** A withdrawal that is counted while the muster begins must take its member out of it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { storeOf } from "../../src/services/calls/context.ts";
import { type CallStage, openCallStage } from "../support/call-stage.ts";

const patiently = { timeout: 60_000, interval: 50 };
let calls: CallStage;
beforeAll(async () => {
  calls = await openCallStage();
});
afterAll(() => calls?.close());

it("takes a member out whose withdrawal was counted between the look at the pledges and the muster", async () => {
  const members = [calls.member(5n), calls.member(5n), calls.member(5n), calls.member(5n)] as const;
  const [first] = members;
  const callId = await calls.publish();
  await expect.poll(async () => (await calls.view(callId)).status, patiently).toBe("open");
  // The worker has listed the pledges, and looks at the balances. The withdrawal finds no muster, and is stored.
  const store = storeOf(calls.context);
  const change = store.changeCall.bind(store);
  let isHeld = true;
  store.changeCall = async (id, make) =>
    change(id, (record) => {
      const made = make(record);
      return isHeld && made.status === "mustering" ? record : made;
    });
  for (const member of members) await calls.pledge(callId, member);
  await calls.withdraw(callId, first);
  const found = await store.readCall(callId);
  expect(found?.muster).toBeNull();
  // The worker's move, as it would be made of what it has listed before the withdrawal.
  const goal = {
    leastLamports: 3_000_000_000n,
    mostLamports: 9_000_000_000n,
    leastWallets: 3,
    endsAt: new Date(Date.now() + 300_000),
  };
  await store.watch(callId);
  await change(callId, (record) => ({
    ...record,
    status: "mustering",
    muster: {
      number: 1,
      goal,
      members: members.map(({ address, way }) => ({
        wallet: address,
        lamports: 1_000_000_000n as never,
        way,
        withdrawn: false,
        attempts: [],
      })),
      round: 0,
      lifetime: null,
      released: false,
    },
  }));
  isHeld = false;
  const withdrawn = async () =>
    (await calls.view(callId)).muster?.members.find(({ wallet }) => wallet === first.address)?.withdrawn;
  await expect.poll(withdrawn, patiently).toBe(true);
});
