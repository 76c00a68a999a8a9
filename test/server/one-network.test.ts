/** Tests that one visitor with an IPv6 network is one visitor: each home and each machine has 2^64 addresses. */
import { expect, test } from "vitest";
import { networkOf } from "../../src/base/address-list.ts";
import { tenantOf } from "../../src/server/auth/chain-turns.ts";
import { openVisitors } from "../../src/server/socket/visitors.ts";

const addressOf = (at: number): string => `2001:470:1:2::${at.toString(16)}`;

test("it cannot take all connections of all visitors", () => {
  const visitors = openVisitors();
  for (let at = 1; at <= 2_000; at += 1) {
    try {
      visitors.admit(addressOf(at));
    } catch {
      break;
    }
  }
  // Visitors have no key, so the refusal names none.
  expect(() => visitors.admit(addressOf(1))).toThrow(
    "The most live connections for your network are open: 20",
  );
  expect(() => visitors.admit("198.51.100.7")).not.toThrow();
});

test("it has one place among those who read the chain", () => {
  const tenants = new Set([1, 2, 3].map((at) => tenantOf({ caller: null, ip: addressOf(at) })));
  expect(tenants.size).toBe(1);
});

test("networks are written in one way, and IPv4 addresses stay whole", () => {
  const same = ["2001:470:1:2::1", "2001:0470:1:2:ffff::", "2001:470:1:2:3:4:5:6", "2001:470:1:2::1%eth0"];
  expect(new Set(same.map(networkOf))).toEqual(new Set(["2001:470:1:2::/64"]));
  expect(networkOf("2001:470::1")).toBe("2001:470:0:0::/64");
  expect(networkOf("::1")).toBe("0:0:0:0::/64");
  expect(networkOf("::ffff:198.51.100.7")).toBe("198.51.100.7");
  expect(networkOf("198.51.100.8")).toBe("198.51.100.8");
});
