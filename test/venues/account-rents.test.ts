/** Tests on the real programs that we know what an account of each kind of mint costs. */
import { generateKeyPairSigner, lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { TOKEN_2022_PROGRAM } from "../../src/localnet/programs.ts";
import { associatedAccountRent } from "../../src/venues/token-layout.ts";
import { openTokenAccount, tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { describeWithPrograms } from "../support/programs.ts";
import { openScene } from "./real-programs.ts";

/** The extensions of a mint, and their lengths, bytes. Types and lengths: token-2022 `extension/mod.rs`. */
const EXTENSIONS = {
  transferFee: [1, 108],
  closeAuthority: [3, 32],
  confidentialTransfer: [4, 65],
  defaultState: [6, 1],
  nonTransferable: [9, 0],
  interestBearing: [10, 52],
  permanentDelegate: [12, 32],
  transferHook: [14, 64],
  metadataPointer: [18, 64],
  groupPointer: [20, 64],
  groupMemberPointer: [22, 64],
  scaledAmount: [25, 56],
  pausable: [26, 33],
} as const;
type Extension = keyof typeof EXTENSIONS;

/** A mint's data: 82 bytes, padding, the account's type, and the extensions. All of their values are zero. */
const mintData = (extensions: readonly Extension[]): Uint8Array => {
  const head = new Uint8Array(extensions.length === 0 ? 82 : 166);
  head[44] = 6;
  head[45] = 1;
  head[36] = 1;
  if (extensions.length === 0) return head;
  head[165] = 1;
  const values = extensions.flatMap((name) => {
    const [type, length] = EXTENSIONS[name];
    const value = new Array<number>(length).fill(0);
    if (name === "defaultState") value[0] = 1;
    return [type, 0, length, 0, ...value];
  });
  return Uint8Array.from([...head, ...values]);
};

const SETS: readonly (readonly Extension[])[] = [
  [],
  ...(Object.keys(EXTENSIONS) as Extension[]).map((name) => [name]),
  ["transferFee", "metadataPointer", "permanentDelegate"],
  ["pausable", "transferHook", "transferFee", "scaledAmount"],
];

describeWithPrograms("the rent of an account that a route opens", (folder) => {
  it("is what the token program takes, for every kind of mint", async () => {
    const scene = openScene(folder);
    const payer = await scene.wallet();
    const held = lamports(scene.cluster.rentExemption(1_000n));
    for (const extensions of SETS) {
      const { address: mint } = await generateKeyPairSigner();
      const data = mintData(extensions);
      const owner = TOKEN_2022_PROGRAM;
      scene.cluster.setAccount({ address: mint, owner, lamports: held, data, executable: false });
      const account = await tokenAccountOf(payer.address, mint, owner);
      const self = { buyer: payer.address, payer: payer.address };
      const opened = await scene.run(payer, [], [openTokenAccount(self, account, mint, owner)]);
      expect(opened.err, `${extensions} ${opened.logs.join("\n")}`).toBeNull();
      const paid = scene.lamports(account);
      const counted = associatedAccountRent(OLD_CLUSTER, { owner, lamports: held, data });
      expect(counted, `${extensions}`).toBe(paid);
    }
  });
});
