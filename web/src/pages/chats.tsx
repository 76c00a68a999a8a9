/** Links Telegram chats to a user by a one-time code, and unlinks them. */
import { useState } from "preact/hooks";
import { change } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { clock, dateAndClock } from "../format/time.ts";
import { announce } from "../parts/announcer.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { List } from "../parts/list.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { ACTIONS } from "../parts/table.tsx";
import { useAction } from "../parts/use-action.ts";
import { NoUserChosen, UserPicker, useChosenUser } from "../parts/user-picker.tsx";
import { ShownOnce } from "./webhooks/shown-once.tsx";
import type { Chat, ChatCode } from "./webhooks/types.ts";

const COLUMNS = ["Chat", "Linked since", ACTIONS];
const PLACEHOLDERS = 2;
/** A chat that redeems its code appears by itself. */
const READ_MS = 3_000;

const pathOf = (user: string): string => `/v1/users/${encodeURIComponent(user)}/chats`;

const Row = ({ chat, onUnlink }: { chat: Chat; onUnlink: () => void }) => (
  <tr>
    <td data-label="Chat">
      <code>{chat.chatId}</code>
    </td>
    <td data-label="Linked since">{dateAndClock(chat.since)}</td>
    <td data-label="">
      <button type="button" class="quiet" onClick={onUnlink}>
        Unlink <span class="visually-hidden">{chat.chatId}</span>
      </button>
    </td>
  </tr>
);

type ChatsProps = { user: string; made: ChatCode | null; onClose: () => void };

function UsersChats({ user, made, onClose }: ChatsProps) {
  const path = pathOf(user);
  const chats = useResource<{ chats: Chat[] }>(path, READ_MS);
  const unlinking = useAction();
  const unlink = ({ chatId }: Chat) =>
    unlinking.run(async () => {
      await change(`${path}/${encodeURIComponent(chatId)}`, undefined, { method: "DELETE" });
      announce(`Unlinked ${chatId}`);
      chats.reload();
    });
  return (
    <>
      {unlinking.problem && <ProblemNote problem={unlinking.problem} />}
      <List
        of={chats}
        rows={chats.data?.chats}
        label="Linked chats"
        columns={COLUMNS}
        placeholders={PLACEHOLDERS}
        row={(chat) => <Row key={chat.chatId} chat={chat} onUnlink={() => void unlink(chat)} />}
        empty={
          <Empty title="No chats are linked yet.">
            <p>
              “Link a chat…” makes a message to send to the bot. Whoever can write in a linked chat can spend
              within the user's limits.
            </p>
          </Empty>
        }
      />
      {made && (
        <Dialog title={`Link a chat to ${user}`} holds onClose={onClose}>
          <ShownOnce text={`/start ${made.code}`} what="message" onClose={onClose}>
            <p>
              Send this message to the bot, from the chat that may act for <Name text={user} />. It is shown
              this once, and works once, until {clock(made.expiresAt)}.
            </p>
          </ShownOnce>
        </Dialog>
      )}
    </>
  );
}

export function ChatsPage() {
  const user = useChosenUser();
  const [made, setMade] = useState<ChatCode | null>(null);
  const making = useAction();
  const make = () => making.run(async () => setMade(await change<ChatCode>(pathOf(user), undefined)));
  const link = user !== "" && (
    <button type="button" class="primary" aria-busy={making.busy} onClick={() => void make()}>
      Link a chat…
    </button>
  );
  return (
    <Page title="Telegram" actions={link}>
      <UserPicker page="/app/telegram" />
      {making.problem && <ProblemNote problem={making.problem} />}
      {user === "" ? (
        <NoUserChosen of="chats" />
      ) : (
        <UsersChats key={user} user={user} made={made} onClose={() => setMade(null)} />
      )}
    </Page>
  );
}
