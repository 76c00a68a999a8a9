/**
 * Finds a user on the server while the text is typed. An installation may have 20,000 users, which are too many for a
 * list in the browser.
 */
import { useEffect, useId, useState } from "preact/hooks";
import { useResource } from "../api/resource.ts";
import type { UserPage } from "../api/types.ts";
import { visible } from "../format/visible.ts";
import { Select } from "./field.tsx";

const TYPING_MS = 250;
/** Up to this number of users, we show a list. With more users, we show a search. */
const FEW = 50;
const SUGGESTED = 20;

type Props = {
  label: string;
  value: string;
  /** The option for no user. */
  none: string;
  /** Chooses the user by itself if there is only one. */
  choosesOnly?: boolean;
  onChoose: (id: string) => void;
};

const naming = ({ id, name }: UserPage["users"][number]): string => visible(name ? `${id} (${name})` : id);

function Suggesting({ label, value, onChoose }: Pick<Props, "label" | "value" | "onChoose">) {
  const id = useId();
  const [text, setText] = useState(value);
  const [asked, setAsked] = useState(value);
  const { data } = useResource<UserPage>(`/v1/users?limit=${SUGGESTED}&search=${encodeURIComponent(asked)}`);
  const users = data?.users ?? [];
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const take = (typed: string): void => {
    setText(typed);
    if (typed === "" || users.some((user) => user.id === typed)) onChoose(typed);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        list={`${id}-users`}
        autocomplete="off"
        spellcheck={false}
        placeholder="Begin to type an id or a name"
        value={text}
        onInput={(event) => take(event.currentTarget.value)}
        onChange={(event) => onChoose(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-users`}>
        {users.map((user) => (
          <option key={user.id} value={user.id}>
            {user.name ?? ""}
          </option>
        ))}
      </datalist>
    </div>
  );
}

export function UserSearch({ label, value, none, choosesOnly = false, onChoose }: Props) {
  const { data } = useResource<UserPage>(`/v1/users?limit=${FEW}`);
  const only = choosesOnly && data?.users.length === 1 ? data.users[0]?.id : undefined;
  useEffect(() => {
    if (only !== undefined && value === "") onChoose(only);
  }, [only, value]);
  if (data !== null && data.nextCursor !== null)
    return <Suggesting label={label} value={value} onChoose={onChoose} />;
  const users = data?.users ?? [];
  const isUnknown = value !== "" && !users.some(({ id }) => id === value);
  return (
    <Select
      label={label}
      value={value}
      onValue={onChoose}
      options={[
        { value: "", label: data === null ? "Loading…" : users.length === 0 ? "No users yet" : none },
        ...(isUnknown ? [{ value, label: value }] : []),
        ...users.map((user) => ({ value: user.id, label: naming(user) })),
      ]}
    />
  );
}
