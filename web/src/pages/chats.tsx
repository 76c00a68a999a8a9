/** Links Telegram chats to a user by a one-time code, and unlinks them. */
import { useState } from "preact/hooks";
import { change } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { clock, dateAndClock } from "../format/time.ts";
import { announce } from "../parts/announcer.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { Scroll } from "../parts/scroll.tsx";
import { SkeletonRows } from "../parts/skeleton.tsx";
import { useAction } from "../parts/use-action.ts";
import { UserPicker, useChosenUser } from "../parts/user-picker.tsx";
import { ShownOnce } from "./webhooks/shown-once.tsx";
import type { Chat, ChatCode } from "./webhooks/types.ts";

const COLUMNS = ["Chat", "Linked since", ""];
const SKELETON_ROWS = 2;
/** A chat that redeems its code appears by itself. */
const READ_MS = 3_000;

function Table({ chats, onUnlink }: { chats: Chat[] | null; onUnlink: (chat: Chat) => void }) {
  return (
    <Scroll label="Linked chats" busy={chats === null}>
      <table class="cards">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column || <span class="visually-hidden">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chats === null ? (
            <SkeletonRows rows={SKELETON_ROWS} columns={COLUMNS.length} />
          ) : (
            chats.map((chat) => (
              <tr key={chat.chatId}>
                <td data-label="Chat">
                  <code>{chat.chatId}</code>
                </td>
                <td data-label="Linked since">{dateAndClock(chat.since)}</td>
                <td data-label="">
                  <button type="button" class="quiet" onClick={() => onUnlink(chat)}>
                    Unlink <span class="visually-hidden">{chat.chatId}</span>
                  </button>
                </td>
              </tr>
            ))
          )}
        </tbody>
      </table>
    </Scroll>
  );
}

function UsersChats({ user }: { user: string }) {
  const path = `/v1/users/${encodeURIComponent(user)}/chats`;
  const { data, problem, reload } = useResource<{ chats: Chat[] }>(path, READ_MS);
  const [made, setMade] = useState<ChatCode | null>(null);
  const { busy, problem: refused, run } = useAction();
  const make = () => run(async () => setMade(await change<ChatCode>(path, undefined)));
  const unlink = ({ chatId }: Chat) =>
    run(async () => {
      await change(`${path}/${encodeURIComponent(chatId)}`, undefined, { method: "DELETE" });
      announce(`Unlinked ${chatId}`);
      reload();
    });
  return (
    <>
      <div class="actions">
        <button type="button" class="primary" aria-busy={busy} onClick={() => void make()}>
          Link a chat…
        </button>
      </div>
      {problem && problem.status !== 0 && <ProblemNote problem={problem} onRetry={reload} />}
      {refused && <ProblemNote problem={refused} />}
      {data?.chats.length === 0 ? (
        <Empty title="No chats are linked yet.">
          <p>Whoever can write in a linked chat can spend within the user's limits.</p>
        </Empty>
      ) : (
        problem === null && <Table chats={data?.chats ?? null} onUnlink={(chat) => void unlink(chat)} />
      )}
      {made && (
        <Dialog title={`Link a chat to ${user}`} holds onClose={() => setMade(null)}>
          <ShownOnce text={`/start ${made.code}`} what="message" onClose={() => setMade(null)}>
            <p>
              Send this message to the bot, from the chat that may act for {user}. It is shown this once, and
              works once, until {clock(made.expiresAt)}.
            </p>
          </ShownOnce>
        </Dialog>
      )}
    </>
  );
}

export function ChatsPage() {
  const user = useChosenUser();
  return (
    <Page title="Telegram">
      <UserPicker page="/app/telegram" />
      {user === "" ? <Empty title="Choose a user." /> : <UsersChats key={user} user={user} />}
    </Page>
  );
}
