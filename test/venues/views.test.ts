/**
 * Tests the facts that we use if endpoints disagree about a cluster: no leg is short of a rent, whichever endpoint is
 * right.
 */
import { expect, it } from "vitest";
import type { ClusterFacts, Survey } from "../../src/engine/ports.ts";
import { joinViews, viewsOf } from "../../src/venues/views.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

const told = (endpoint: string, cluster: Partial<ClusterFacts>): Survey =>
  ({ endpoint, cluster: { ...OLD_CLUSTER, ...cluster } }) as Survey;

it.each([[0, 1] as const, [1, 0] as const])("is the same whoever answers first (%i, %i)", (a, b) => {
  const views = [
    told("one", { lamportsPerByte: 696n, epoch: 901n, unixTimestamp: 5n, versionOne: true }),
    told("other", { lamportsPerByte: 5_080n, epoch: 900n, unixTimestamp: 7n, versionOne: false }),
  ];
  const joined = joinViews([views[a], views[b]] as Survey[]);
  const agreed = { lamportsPerByte: 5_080n, epoch: 901n, unixTimestamp: 7n, versionOne: false };
  expect(joined.cluster).toEqual(agreed);
  // Every view uses the agreed facts.
  for (const view of viewsOf(joined)) expect(view.cluster).toEqual(agreed);
  expect(viewsOf(joined)).toHaveLength(2);
});

it("is what the only endpoint says where there is one", () => {
  expect(joinViews([told("one", { versionOne: true })]).cluster.versionOne).toBe(true);
});
