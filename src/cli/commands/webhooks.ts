/** Defines `cto webhooks`, which manages the webhooks of a user's operations and their deliveries. */
import type { Command } from "commander";
import type { Delivery, Webhook } from "../../engine/ports.ts";
import { WEBHOOK_EVENTS } from "../../engine/ports.ts";
import {
  addWebhook,
  changeWebhook,
  listDeliveries,
  redeliver,
  removeWebhook,
  rotateWebhookSecret,
  testWebhook,
} from "../../services/webhooks/registry.ts";
import { action, withContext } from "../action.ts";
import { integer, texts } from "../numbers.ts";
import { table } from "../table.ts";
import { addLowBalance } from "./low-balance.ts";

const titled = (...titles: string[]) => titles.map((title) => ({ title }));

const rowOf = ({ id, userId, url, events, createdAt, removedAt }: Webhook): string[] => [
  id,
  userId,
  url,
  events.length === WEBHOOK_EVENTS.length ? "all" : events.join(","),
  createdAt.toISOString(),
  removedAt === undefined ? "" : `removed ${removedAt.toISOString()}`,
];

const deliveryRow = ({ id, type, status, tries, dueAt, endedAt, answer }: Delivery): string[] => [
  id,
  type,
  status,
  String(tries),
  answer ?? "",
  (endedAt ?? dueAt).toISOString(),
];

function addAdd(webhooks: Command): void {
  webhooks
    .command("add")
    .argument("<user>", "the user whose operations it reports")
    .argument("<url>", "where to send: https, at a public address")
    .option("--events <list>", `comma separated: ${WEBHOOK_EVENTS.join(", ")} (default: all)`, texts)
    .description("add a webhook; its secret is shown once")
    .addHelpText(
      "after",
      "\nExample:\n  $ cto webhooks add alice https://example.org/cto --events leg.failed",
    )
    .action(
      action<[user: string, url: string], { events?: string[] }>(
        async (terminal, [userId, url], { events }) => {
          const request = { userId, url, ...(events === undefined ? {} : { events }) };
          const added = await withContext((context) => addWebhook(context, request));
          terminal.answer(
            added,
            () =>
              `${added.webhook.id}\n${added.secret}\nThe second line signs what is sent, and is not shown again.`,
          );
        },
      ),
    );
}

function addList(webhooks: Command): void {
  webhooks
    .command("list")
    .description("list all webhooks")
    .addHelpText("after", "\nExample:\n  $ cto webhooks list --json")
    .action(
      action<[], object>(async (terminal) => {
        const all = await withContext(({ journal }) => journal.listWebhooks());
        const columns = titled("id", "user", "URL", "events", "added", "");
        terminal.answer(all, () => table(columns, all.map(rowOf), terminal.colours));
      }),
    );
}

function addChanges(webhooks: Command): void {
  webhooks
    .command("change")
    .argument("<id>", "the webhook's id")
    .option("--url <url>", "the new address, also for waiting deliveries")
    .option("--events <list>", `comma separated: ${WEBHOOK_EVENTS.join(", ")}`, texts)
    .description("change where a webhook is sent, or its events")
    .addHelpText("after", "\nExample:\n  $ cto webhooks change wh_4tYk1B --events leg.failed,balance.low")
    .action(
      action<[id: string], { url?: string; events?: string[] }>(async (terminal, [id], change) => {
        const changed = await withContext((context) => changeWebhook(context, id, change));
        terminal.answer(changed, () => `Changed ${id}`);
      }),
    );
  webhooks
    .command("remove")
    .argument("<id>", "the webhook's id")
    .description("delete the webhook; waiting deliveries are not sent")
    .addHelpText("after", "\nExample:\n  $ cto webhooks remove wh_4tYk1B")
    .action(
      action<[id: string], object>(async (terminal, [id]) => {
        await withContext((context) => removeWebhook(context, id));
        terminal.answer({ id, removed: true }, () => `Removed ${id}`);
      }),
    );
  webhooks
    .command("rotate")
    .argument("<id>", "the webhook's id")
    .description("give it a new secret, shown once; for 24 hours messages are also signed with the old one")
    .addHelpText("after", "\nExample:\n  $ cto webhooks rotate wh_4tYk1B")
    .action(
      action<[id: string], object>(async (terminal, [id]) => {
        const secret = await withContext((context) => rotateWebhookSecret(context, id));
        terminal.answer({ id, secret }, () => secret);
      }),
    );
}

function addSending(webhooks: Command): void {
  webhooks
    .command("test")
    .argument("<id>", "the webhook's id")
    .description("let a worker send it a message of the type webhook.test")
    .addHelpText("after", "\nExample:\n  $ cto webhooks test wh_4tYk1B")
    .action(
      action<[id: string], object>(async (terminal, [id]) => {
        const deliveryId = await withContext((context) => testWebhook(context, id));
        terminal.answer({ deliveryId }, () => `${deliveryId}: see \`cto webhooks deliveries ${id}\``);
      }),
    );
  webhooks
    .command("deliveries")
    .argument("<id>", "the webhook's id")
    .option("--limit <n>", "how many, the newest first", integer(1, 1_000), 50)
    .option("--before <delivery>", "only those before this one: the page after it")
    .description("list its deliveries: their tries and the answers")
    .addHelpText("after", "\nExample:\n  $ cto webhooks deliveries wh_4tYk1B --limit 10")
    .action(
      action<[id: string], { limit: number; before?: string }>(async (terminal, [id], { limit, before }) => {
        const all = await withContext((context) => listDeliveries(context, id, limit, before));
        const columns = titled("id", "type", "status", "tries", "answer", "ended / next");
        terminal.answer(all, () => table(columns, all.map(deliveryRow), terminal.colours));
      }),
    );
  webhooks
    .command("redeliver")
    .argument("<delivery>", "the delivery's id, as receivers see it: msg_…")
    .description("let a worker send a delivery once more, with the same id")
    .addHelpText("after", "\nExample:\n  $ cto webhooks redeliver msg_2Vq8c")
    .action(
      action<[id: string], object>(async (terminal, [id]) => {
        const delivery = await withContext((context) => redeliver(context, id));
        terminal.answer(delivery, () => `${delivery.id} is sent again`);
      }),
    );
}

export function addWebhooksCommand(program: Command): void {
  const webhooks = program.command("webhooks").description("inform other systems about a user's operations");
  addAdd(webhooks);
  addList(webhooks);
  addChanges(webhooks);
  addSending(webhooks);
  addLowBalance(webhooks);
}
