/** Defines `cto users`, which adds and lists the users whose wallets buy. */
import type { Command } from "commander";
import { addUser } from "../../services/users.ts";
import { action, withContext } from "../action.ts";
import { table } from "../table.ts";

export function addUsersCommand(program: Command): void {
  const users = program.command("users").description("add and list users");
  users
    .command("add")
    .argument("<id>", "the id that your application knows the user by")
    .option("--name <name>", "for people to read")
    .description("add a user")
    .addHelpText("after", "\nExample:\n  $ cto users add user123 --name Ada")
    .action(
      action<[id: string], { name?: string }>(async (terminal, [id], { name }) => {
        const user = await withContext((context) =>
          addUser(context, { id, ...(name === undefined ? {} : { name }) }),
        );
        terminal.answer(
          user,
          () =>
            `Added user ${user.id}. Next: cto wallets generate ${user.id} --role funding, then cto wallets generate ${user.id} --count 10`,
        );
      }),
    );
  users
    .command("list")
    .description("list all users")
    .addHelpText("after", "\nExample:\n  $ cto users list --json")
    .action(
      action<[], object>(async (terminal) => {
        const all = await withContext(({ journal }) => journal.listUsers());
        const rows = all.map(({ id, name, createdAt }) => [id, name ?? "", createdAt.toISOString()]);
        const columns = [{ title: "user" }, { title: "name" }, { title: "added" }];
        terminal.answer(all, () => table(columns, rows, terminal.colours));
      }),
    );
}
