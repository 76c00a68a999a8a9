/** Lists the known mistakes in the policy: each one disables one rule of it. */
import type { Mutant } from "./mutant.ts";

const SLOTS = { file: "src/policy/slots.ts", suites: ["test/policy"] };
const VERDICT = { file: "src/policy/index.ts", suites: ["test/policy"] };
const KINDS = { file: "src/policy/kinds.ts", suites: ["test/policy/kinds.test.ts"] };

const JUPITER = { file: "src/policy/jupiter.ts", suites: ["test/policy/jupiter.test.ts"] };

export const POLICY_MUTANTS: readonly Mutant[] = [
  {
    name: "policy-lets-unknown-instructions-pass",
    mistake: "an instruction that is not expected in the transaction is accepted",
    ...SLOTS,
    edits: [
      ["if (taken === undefined) return reasonOf(found, candidates);", "if (taken === undefined) continue;"],
    ],
  },
  {
    name: "policy-opens-what-was-there",
    mistake: "an account that the buyer had may be opened again, for a rent that no limit counts",
    ...KINDS,
    suites: ["test/policy/direct.test.ts"],
    edits: [["...(tokensBefore === null", "...(tokensBefore === null || lamports > 0n"]],
  },
  {
    name: "policy-misses-nothing",
    mistake: "a transaction without its swap, its transfer or its memo is let through",
    ...SLOTS,
    edits: [["[...open].find(({ needed }) => needed);", "[...open].find(() => false);"]],
  },
  {
    name: "policy-fills-a-slot-twice",
    mistake: "an instruction that is expected once may occur several times",
    ...SLOTS,
    edits: [["open.has(slot) && ", ""]],
  },
  {
    name: "policy-looks-past-accounts",
    mistake: "an instruction may name other accounts than those that were meant",
    ...SLOTS,
    edits: [["if (at >= 0)", "if (at > 99)"]],
  },
  {
    name: "policy-looks-past-data",
    mistake: "an instruction may be of another kind, and about other amounts",
    ...SLOTS,
    edits: [["return sameBytes(meant.data, found.data) ? null", "return found.data.length >= 0 ? null"]],
  },
  {
    name: "policy-counts-no-accounts",
    mistake: "accounts may follow those that were meant",
    ...SLOTS,
    edits: [
      [
        "if (found.accounts.length !== meant.accounts.length)",
        "if (found.accounts.length < meant.accounts.length)",
      ],
    ],
  },
  {
    name: "policy-takes-any-order",
    mistake: "the proof of delivery may stand before the swap, where it proves nothing",
    ...SLOTS,
    edits: [["if (PLACES.indexOf(place) < reached)", "if (PLACES.indexOf(place) < 0)"]],
  },
  {
    name: "policy-looks-past-idle-accounts",
    mistake:
      "a transaction may name accounts that none of its instructions uses: it locks them, and appears in their histories",
    file: "src/policy/message.ts",
    suites: ["test/policy/attack.test.ts"],
    edits: [["accounts.find(({ address }) => !used.has(address))", "accounts.find(() => used.size === 0)"]],
  },
  {
    name: "policy-lets-a-message-set-a-heap",
    mistake: "a version 1 message may set limits that were not meant",
    ...KINDS,
    suites: ["test/policy/attack.test.ts"],
    edits: [["if (config.heapSize !== undefined)", "if (config.heapSize === 0)"]],
  },
  {
    name: "policy-lets-anybody-pay",
    mistake: "another wallet pays the fee",
    ...VERDICT,
    edits: [["if (payer !== signers[0])", "if (payer === undefined)"]],
  },
  {
    name: "policy-lets-anybody-sign",
    mistake: "the transaction may require signatures that the step does not need",
    ...VERDICT,
    edits: [
      ["if (others.length !== signers.length - 1 || ", "if (signers.length === 0 || signers.length > 9 || "],
      ["others.some((one) => !signers.includes(one))", "others.some((one) => one === undefined)"],
    ],
  },
  {
    name: "policy-leaves-priority-unbounded",
    mistake: "a version 1 message may offer any fee for priority",
    ...KINDS,
    edits: [["if (offered !== meant)", "if (offered < 0n)"]],
  },
  {
    name: "policy-writes-any-legs-memo",
    mistake: "the memo of another leg is taken for this one's",
    ...KINDS,
    edits: [
      ["formatMemo({ operationId, kind, leg, legs })", "formatMemo({ operationId, kind, leg: 1, legs })"],
    ],
  },
  {
    name: "policy-takes-our-accounts-for-a-market",
    mistake: "a pool may be one of our own wallets",
    file: "src/policy/swap-scene.ts",
    suites: ["test/policy/direct.test.ts"],
    edits: [["if (own.has(account)) throw", "if (own.size === 0) throw"]],
  },
  {
    name: "policy-lets-ourselves-sell",
    mistake: "the desk's escrow may be an account of the funding wallet",
    file: "src/policy/firm-quote.ts",
    suites: ["test/policy/kinds.test.ts"],
    edits: [["if (own.has(escrow) || own.has(payee))", "if (own.size === 0)"]],
  },
  {
    name: "policy-fills-tables-with-anything",
    mistake: "a lookup table is extended by addresses that it is not meant to hold",
    file: "src/policy/instructions.ts",
    suites: ["test/policy/kinds.test.ts"],
    edits: [
      ["return added.every((one)", "return added.some((one) => one.length === 32) || added.every((one)"],
    ],
  },
  {
    name: "aggregator-names-our-accounts",
    mistake: "the aggregator's swap may name the funding wallet, and what it holds",
    file: "src/policy/jupiter.ts",
    suites: ["test/policy/kinds.test.ts"],
    edits: [["if (ours !== undefined)", "if (accounts.length > 999)"]],
  },
  {
    name: "policy-takes-our-accounts-from-tables",
    mistake:
      "one endpoint decides what a lookup table contains, even where the buyer's own account is expected",
    ...KINDS,
    suites: ["test/policy/direct.test.ts"],
    edits: [["own.find((account) => loaded.has(account))", "own.find(() => loaded.size === 0)"]],
  },
  {
    name: "aggregator-names-any-program",
    mistake: "a swap may name the stake program, with which the buyer's signature moves its stakes",
    file: "src/policy/jupiter.ts",
    suites: ["test/policy/jupiter.test.ts"],
    edits: [["if (power !== undefined)", "if (accounts.length > 999 && power !== undefined)"]],
  },
  {
    name: "aggregator-advances-a-nonce",
    mistake: "a swap may withdraw from a nonce account of the buyer's through the System program",
    file: "src/policy/not-markets.ts",
    suites: ["test/policy/jupiter.test.ts"],
    edits: [['    SysvarRecentB1ockHashes11111111111111111111: "nonce accounts",\n', ""]],
  },
  {
    name: "aggregator-names-any-account",
    mistake: "the swap's source, destination, mints and programs may be others than those that were meant",
    ...JUPITER,
    edits: [["if (wrong >= 0) return", "if (wrong > 99) return"]],
  },
  {
    name: "aggregator-swaps-any-amount",
    mistake: "the swap may spend another amount than the leg's",
    ...JUPITER,
    edits: [["if (swap.lamports !== meant.lamports)", "if (swap.lamports < 0n)"]],
  },
  {
    name: "aggregator-accepts-any-least",
    mistake: "the program may accept fewer tokens than the leg does",
    ...JUPITER,
    edits: [["if (swap.leastTokens < meant.leastTokens)", "if (swap.leastTokens < 0n)"]],
  },
  {
    name: "aggregator-takes-a-fee",
    mistake: "the swap may pay a third party a fee, or a share of the surplus",
    ...JUPITER,
    edits: [["if (swap.feeBps !== 0 || swap.surplusBps !== 0)", "if (swap.feeBps < 0)"]],
  },
  {
    name: "aggregator-pays-nobody-of-ours",
    mistake: "no step of a direct route needs to pay the buyer's account",
    ...JUPITER,
    edits: [["if (isDirect && !steps.includes(meant.destination))", "if (isDirect && steps.length === 0)"]],
  },
  {
    name: "plan-of-unknown-steps",
    mistake: "a plan of version 1 with unknown steps is read on, so that other bytes count as its amounts",
    ...JUPITER,
    file: "src/policy/jupiter-plan.ts",
    edits: [
      [
        "if (variant > LAST_VARIANT || NOT_READ.has(variant)) return null;",
        "if (variant > 255) return null;",
      ],
    ],
  },
  {
    name: "bytes-after-the-amounts",
    mistake: "an instruction of version 1 may have more bytes after its amounts",
    ...JUPITER,
    file: "src/policy/jupiter-routes.ts",
    edits: [["view.byteLength !== at + 19", "view.byteLength < at + 19"]],
  },
  {
    name: "delivery-not-proved",
    mistake: "a route needs no proof on chain of the delivered amount",
    ...KINDS,
    edits: [['needs(\n        "proof of delivery"', 'mayHave(\n        "proof of delivery"']],
  },
  {
    name: "kept-tokens-not-proved",
    mistake: "a route may name what the buyer holds of a token on its way, without a proof that it stays",
    ...KINDS,
    edits: [["needs(`proof of what ${account} keeps`", "mayHave(`proof of what ${account} keeps`"]],
  },
  {
    name: "kept-tokens-lent",
    mistake: "a route may leave a stranger the right to spend what the buyer holds of a token on its way",
    ...KINDS,
    edits: [["needs(`revocation for ${account}`", "mayHave(`revocation for ${account}`"]],
  },
  {
    name: "policy-funds-any-amount",
    mistake: "a funding may send another amount, and to others",
    ...KINDS,
    edits: [
      [
        "transfer(meant.payer, to, lamports)",
        "{ ...transfer(meant.payer, to, lamports), check: () => null }",
      ],
    ],
  },
  {
    name: "policy-returns-to-anybody",
    mistake: "a recovery or a sweep may pay a stranger",
    ...KINDS,
    edits: [
      [
        "transfer(meant.wallet, meant.to, meant.lamports)",
        "{ ...transfer(meant.wallet, meant.to, meant.lamports), check: () => null }",
      ],
    ],
  },
  {
    name: "policy-closes-anything",
    mistake: "a recovery may close accounts that it was not meant to close, to anybody",
    ...KINDS,
    edits: [
      [
        "closeAccount(TOKEN, account, meant.wallet)",
        "{ ...closeAccount(TOKEN, account, meant.wallet), check: () => null }",
      ],
    ],
  },
  {
    name: "policy-unwraps-to-anybody",
    mistake: "the rest of the wrapped lamports may go to a stranger",
    ...KINDS,
    suites: ["test/policy/direct.test.ts"],
    edits: [
      [
        "closeAccount(TOKEN, wrapped, buyer)",
        "{ ...closeAccount(TOKEN, wrapped, buyer), check: () => null }",
      ],
    ],
  },
  {
    name: "policy-funds-a-buyer-with-anything",
    mistake: "the funding wallet may send a buyer more than the leg and its rents",
    ...KINDS,
    suites: ["test/policy/direct.test.ts"],
    edits: [
      [
        "transfer(payer, buyer, lamports + transferRents)",
        "{ ...transfer(payer, buyer, lamports + transferRents), check: () => null }",
      ],
    ],
  },
  {
    name: "desk-sells-for-any-least",
    mistake: "the desk may sell fewer tokens than the leg accepts",
    file: "src/policy/firm-quote.ts",
    suites: ["test/policy/kinds.test.ts"],
    edits: [["return amount < leastTokens ?", "return amount < 0n * leastTokens ?"]],
  },
  {
    name: "keyring-signs-without-a-verdict",
    mistake: "the keyring signs a transaction that no policy has approved",
    file: "src/policy/seal.ts",
    suites: ["test/wallets/keyring.test.ts"],
    edits: [
      [
        'if (bytes === undefined) throw new CTOError("CTO_E_POLICY_MISSING");',
        'if (bytes === undefined) {\n        const look = transaction as unknown as { messageBytes?: Uint8Array };\n        if (look.messageBytes === undefined) throw new CTOError("CTO_E_POLICY_MISSING");\n        return look.messageBytes;\n      }',
      ],
    ],
  },
  {
    name: "verdict-over-bytes-that-may-change",
    mistake: "the bytes that are signed are not the copy that was approved",
    file: "src/policy/seal.ts",
    suites: ["test/wallets/keyring.test.ts"],
    edits: [["sealed.set(approved, new Uint8Array(messageBytes));", "sealed.set(approved, messageBytes);"]],
  },
  {
    name: "keyring-shares-its-bytes",
    mistake: "a signer outside may change the bytes that our other keys sign",
    file: "src/wallets/keyring.ts",
    suites: ["test/wallets/keyring.test.ts"],
    edits: [["toSignable(Uint8Array.from(messageBytes), message)", "toSignable(messageBytes, message)"]],
  },
  {
    name: "compiler-forgets-what-an-account-must-do",
    mistake: "an account that two instructions name signs, or is written, only as the last of them needs it",
    file: "src/chain/compile.ts",
    suites: ["test/chain/compile.test.ts"],
    edits: [["else known.role |= role;", "else known.role = role;"]],
  },
  {
    name: "compiler-lets-a-program-be-written",
    mistake: "a message is compiled although it writes a program that it calls",
    file: "src/chain/compile.ts",
    suites: ["test/chain/compile.test.ts"],
    edits: [
      ["if (isWritable(accounts, programAddress)) return null;", "if (accounts.size === 0) return null;"],
    ],
  },
  {
    name: "compiler-orders-by-case",
    mistake: "accounts stand in another order than kit's, so the same draft gives other bytes",
    file: "src/base/compare-addresses.ts",
    suites: ["test/base/compare-addresses.test.ts"],
    edits: [["if (difference !== 0) return difference;", "if (difference !== 0) return left - right;"]],
  },
  {
    name: "transfer-is-cut-off",
    mistake: "an amount that does not fit into its eight bytes is written as another amount",
    file: "src/base/instructions.ts",
    suites: ["test/base/instructions.test.ts"],
    edits: [["if (amount < 0n || amount >=", "if (amount < 0n && amount >="]],
  },
];
