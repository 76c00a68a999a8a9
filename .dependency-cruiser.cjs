// The import directions of the house: see ARCHITECTURE.md.
const only = (from, allowed) => ({
  name: `${from}-imports`,
  severity: "error",
  from: { path: `^src/${from}/` },
  to: { path: "^src/", pathNot: [`^src/${from}/`, ...allowed.map((path) => `^src/${path}`)] },
});
const PORTS = ["engine/ports\\.ts$", "engine/transaction/memo-text\\.ts$", "errors/", "base/"];

/** A room of the engine, and which others it may look into; all of them see the ports. */
const engineRoom = (room, others) => ({
  name: `engine-${room}-imports`,
  severity: "error",
  from: { path: `^src/engine/${room}/` },
  to: {
    path: "^src/engine/",
    pathNot: [
      `^src/engine/(${room}|cluster)/`,
      // The words that all rooms share.
      "^src/engine/(ports|operation/(model|events|decisions|note|status|step-events)|step/(status|of-leg))\\.ts$",
      ...others.map((path) => `^src/engine/${path}`),
    ],
  },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: { path: "^(src|sim|crash|mutants|bench)/" },
      to: { circular: true },
    },
    {
      // The journal's methods are no imports: test/sim/policy.test.ts forbids sim/ to call them.
      name: "the-simulator-runs-the-workers-own-policy",
      severity: "error",
      from: { path: "^sim/" },
      to: { path: "^src/engine/(operation/(run|settle|journaling)|recovery/recover)\\.ts$" },
    },
    {
      name: "no-undeclared-dependencies",
      severity: "error",
      from: { path: "^src" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown"],
        pathNot: "^node_modules/eventsource-parser/", // Built into the client, as tsdown.config.ts says.
      },
    },
    only("errors", ["base/(sol|visible)\\.ts$"]),
    only("base", ["errors/"]),
    only("engine", ["errors/", "base/"]),
    only("chain", PORTS),
    only("venues", [...PORTS, "policy/jupiter\\.ts$"]),
    only("wallets", [...PORTS, "policy/approved-bytes\\.ts$"]),
    only("journal", PORTS),
    // It states a second time what the venues build: of them it takes addresses and seeds, never quotes or instructions.
    only("policy", [
      ...PORTS,
      "venues/[a-z]+/(damm-)?program\\.ts$",
      "venues/(bytes|jupiter-program|pda|pump-fees|token-layout)\\.ts$",
    ]),
    {
      name: "only-the-policy-seals",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/policy/"] },
      to: { path: "^src/policy/(verdicts|seal)\\.ts$" },
    },
    only("contract", ["engine/", "errors/", "base/", "config\\.ts$"]),
    // What a caller and a member sign, its store, and the driving of a call: of the wallets it takes the check of a
    // signature.
    only("calls", [
      "contract/parse\\.ts$",
      "engine/(ports|settings|calls/[a-z-]+|cluster/cluster-facts|limits/limits|restore/behind|transaction/(memo-text|read-effect))\\.ts$",
      "errors/",
      "base/",
      "wallets/keypair\\.ts$",
    ]),
    only("queue", [...PORTS]),
    only("runtime", [
      "queue/",
      ...PORTS,
      "policy/index\\.ts$",
      "chain/",
      "venues/",
      "wallets/",
      "journal/",
      "config\\.ts$",
    ]),
    only("services", [
      "calls/",
      "policy/returned\\.ts$",
      "runtime/",
      "queue/",
      "contract/",
      "engine/",
      "errors/",
      "base/",
      "chain/",
      "venues/",
      "wallets/",
      "journal/audit-chain\\.ts$",
      "config\\.ts$",
    ]),
    only("worker", [
      "services/",
      "runtime/",
      "queue/",
      "engine/",
      "errors/",
      "base/",
      "wallets/signer\\.ts$",
      // Who funded the members of a call, as the receipts' own reader sees it.
      "receipts/index\\.ts$",
    ]),
    // The original interface's entry points, which work on the process's own context.
    only("jobs", [
      "receipts/",
      "errors/",
      "worker/",
      "services/",
      "runtime/",
      "queue/",
      "contract/",
      "engine/ports\\.ts$",
    ]),
    {
      name: "the-ports-know-the-words-alone",
      severity: "error",
      from: { path: "^src/engine/ports/" },
      to: {
        path: "^src/engine/",
        pathNot: ["^src/engine/(ports|cluster)/", "^src/engine/operation/(model|events|decisions)\\.ts$"],
      },
    },
    engineRoom("transaction", ["settings"]),
    engineRoom("limits", ["operation/journaling", "settings"]),
    engineRoom("restore", [
      "operation/journaling",
      "limits/reservations",
      "step/step\\.ts$",
      "transaction/memo-text",
      "settings",
    ]),
    engineRoom("calls", [
      "restore/memo-history\\.ts$",
      "transaction/(format|memo-text|read-effect)\\.ts$",
      "buy/",
      "limits/limits\\.ts$",
      "operation/fitness\\.ts$",
      "settings",
    ]),
    engineRoom("step", [
      "operation/journaling",
      "buy/price-check",
      "restore/",
      "transaction/read-effect\\.ts$",
      "settings",
    ]),
    engineRoom("buy", ["transaction/", "limits/", "operation/(journaling|fitness)", "settings"]),
    engineRoom("funding", [
      // How often an outage is tried again.
      "beats\\.ts$",
      "buy/",
      "transaction/",
      "limits/",
      "step/",
      "operation/(journaling|fitness)",
      "settings",
    ]),
    engineRoom("recovery", [
      "funding/",
      "buy/",
      "transaction/",
      "limits/",
      "step/",
      "operation/",
      "settings",
    ]),
    // The bot is a client of the public library, as anybody's own bot is.
    only("telegram", ["index\\.ts$", "base/(hide-secrets|linked-signal|visible)\\.ts$"]),
    only("receipts", ["base/", "calls/", "engine/", "errors/"]),
    only("server", [
      "services/",
      // The form of what members sign: the API's description names its fields.
      "calls/pledge\\.ts$",
      "runtime/",
      "queue/",
      "contract/",
      "base/",
      "worker/measure-worker\\.ts$",
      "receipts/",
      "engine/",
      "errors/",
      "config\\.ts$",
    ]),
    {
      name: "only-the-cli-and-the-client-know-the-server",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/server/", "^src/cli/", "^src/client/"] },
      to: { path: "^src/server/" },
    },
    {
      name: "schemas-do-no-io",
      severity: "error",
      from: { path: "^src/server/schemas/" },
      to: {
        path: "^src/",
        pathNot: ["^src/server/schemas/", "^src/engine/", "^src/contract/", "^src/calls/pledge\\.ts$"],
      },
    },
    {
      name: "the-client-runs-in-browsers",
      severity: "error",
      from: { path: "^src/client/" },
      to: { path: "^src/", pathNot: ["^src/client/"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "the-client-needs-no-node",
      severity: "error",
      from: { path: "^src/client/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "only-the-cli-knows-the-localnet",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/localnet/", "^src/cli/"] },
      to: { path: "^src/localnet/" },
    },
    {
      name: "the-engine-does-no-io",
      severity: "error",
      from: { path: "^src/engine/" },
      to: { dependencyTypes: ["core"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
