/** Configures `npm run shots`, which takes a screenshot of every page of the dashboard. It is not part of the tests. */
import { mergeConfig } from "vitest/config";
import base from "../vitest.config.ts";

const config = mergeConfig(base, { test: { testTimeout: 900_000, hookTimeout: 600_000 } });

export default { ...config, test: { ...config.test, include: ["e2e/shots/shots.ts"] } };
