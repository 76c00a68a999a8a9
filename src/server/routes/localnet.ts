/**
 * Defines routes for free SOL and a test token on clusters where neither has value, so that a first operation needs no
 * terminal.
 */
import { address, lamports } from "@solana/kit";
import { z } from "zod";
import { LAMPORTS_PER_SOL } from "../../base/sol.ts";
import { airdrop, openTestCluster } from "../../services/airdrop.ts";
import { createToken } from "../../services/test-token.ts";
import { airdropSchema } from "../schemas/overview.ts";
import type { Routes } from "../server-context.ts";

const ADMIN = { scope: "admin", owner: "global" } as const;
const TAGS = ["localnet"];

/** The same values as `cto token create` uses: 1,000,000,000 whole tokens with six decimals, against 1,000 SOL. */
const TOKEN = { decimals: 6, supply: 10n ** 15n, lamportsReserve: 1_000n * LAMPORTS_PER_SOL };

export const localnetRoutes: Routes = (app, { context: { config } }) => {
  app.post(
    "/localnet/airdrop",
    {
      config: { access: ADMIN },
      schema: {
        tags: TAGS,
        summary: "Give an address SOL; only on a localnet, devnet or testnet",
        body: airdropSchema,
        response: { 200: z.object({ signature: z.string() }) },
      },
    },
    async ({ body }) => {
      const client = await openTestCluster(config, "airdrop");
      return { signature: await airdrop(client, address(body.address), lamports(BigInt(body.lamports))) };
    },
  );
  app.post(
    "/localnet/tokens",
    {
      config: { access: ADMIN },
      schema: {
        tags: TAGS,
        summary: "Make a token that the localnet's desk sells",
        response: { 201: z.object({ mint: z.string() }) },
      },
    },
    async (_request, reply) => {
      await openTestCluster(config, "token create");
      return reply.code(201).send({ mint: await createToken(config, TOKEN) });
    },
  );
};
