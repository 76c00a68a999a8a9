/** Defines the routes that create, import, list, disable and enable wallets. No route returns a private key. */
import { address } from "@solana/kit";
import { parseToken } from "../../contract/parse.ts";
import type { Wallet } from "../../engine/ports.ts";
import { listWallets, readBalances, readTokenBalances } from "../../services/wallet-list.ts";
import { generateWallets, importWallet, setWalletDisabled } from "../../services/wallets.ts";
import { actingAs, walletOf } from "../auth/access.ts";
import { toWallet } from "../present.ts";
import {
  generateSchema,
  importSchema,
  userIdSchema,
  walletListSchema,
  walletQuerySchema,
  walletSchema,
} from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["wallets"];

const optionsOf = ({ role, label }: { role: Wallet["role"]; label?: string | undefined }) => ({
  role,
  ...(label === undefined ? {} : { label }),
});

const listRoutes: Routes = (app, { context, chainPorts }) => {
  app.get(
    "/users/:id/wallets",
    {
      config: { access: { scope: "read", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "A user's wallets, in the order of legs",
        params: userIdSchema,
        querystring: walletQuerySchema,
        response: { 200: walletListSchema },
      },
    },
    async ({ params: { id }, query: { balances, token } }) => {
      if (token !== undefined) parseToken(token);
      const wallets = await listWallets(context, id);
      if (balances === "false") return { wallets: wallets.map((wallet) => toWallet(wallet)) };
      const found =
        token === undefined
          ? await readBalances(context, wallets)
          : await readTokenBalances(chainPorts, wallets, token);
      return { wallets: wallets.map((wallet) => toWallet(wallet, found?.get(wallet.address))) };
    },
  );
};

const addRoutes: Routes = (app, { context }) => {
  app.post(
    "/users/:id/wallets",
    {
      config: { access: { scope: "wallets", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "Make new wallets",
        params: userIdSchema,
        body: generateSchema,
        response: { 201: walletListSchema },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const made = await generateWallets(actingAs(context, request), params.id, body.count, optionsOf(body));
      return reply.code(201).send({ wallets: made.map((wallet) => toWallet(wallet)) });
    },
  );
  app.post(
    "/users/:id/wallets/import",
    {
      config: { access: { scope: "wallets", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "Add a wallet by its private key",
        params: userIdSchema,
        body: importSchema,
        response: { 201: walletSchema },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const as = actingAs(context, request);
      const { expectedAddress } = body;
      const wallet = await importWallet(as, params.id, body.privateKey, {
        ...optionsOf(body),
        onlyInClear: true,
        ...(expectedAddress === undefined ? {} : { expect: address(expectedAddress) }),
      });
      return reply.code(201).send(toWallet(wallet));
    },
  );
};

const switchRoutes: Routes = (app, { context }) => {
  for (const [name, disabled] of [
    ["disable", true],
    ["enable", false],
  ] as const) {
    app.post(
      `/wallets/:id/${name}`,
      {
        config: { access: { scope: "wallets", owner: "wallet" } },
        schema: {
          tags: TAGS,
          summary: disabled ? "Leave it out of new operations" : "Let it take part again",
          params: userIdSchema,
          response: { 200: walletSchema },
        },
      },
      async (request) =>
        toWallet(await setWalletDisabled(actingAs(context, request), walletOf(request).id, disabled)),
    );
  }
};

export const walletRoutes: Routes = async (app, server) => {
  for (const routes of [listRoutes, addRoutes, switchRoutes]) await routes(app, server);
};
