/**
 * The command palette: Ctrl+K (on a Mac, Command+K) opens it on every page. The user types a part of a page's name, an
 * operation's id, a token or a user, and presses Enter. It has no shortcut of a single letter, because a screen reader
 * or a slip of the finger would press it.
 */
import { useEffect, useId, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { visible } from "../format/visible.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { useMe } from "../session.ts";
import { type Command, useCommands } from "./commands.ts";

const IN_APP = /^\/app(\/|$|\?)/;

const Row = ({
  command,
  id,
  chosen,
  onGo,
}: {
  command: Command;
  id: string;
  chosen: boolean;
  onGo: () => void;
}) => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the focus and takes the keys, as a combobox does
  <div id={id} tabIndex={-1} role="option" aria-selected={chosen} onClick={onGo}>
    <bdi>{visible(command.label)}</bdi>
    <span class="muted">{command.kind}</span>
  </div>
);

function Palette({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const { route } = useLocation();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { commands, searching } = useCommands(me, text);
  const chosen = Math.min(at, Math.max(0, commands.length - 1));
  useEffect(() => {
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const go = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    if (IN_APP.test(command.href)) route(command.href);
    else window.location.assign(command.href);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const by = steps[event.key];
    if (by !== undefined && commands.length > 0) {
      event.preventDefault();
      setAt((chosen + by + commands.length) % commands.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      go(commands[chosen]);
    }
  };
  return (
    <Dialog title="Go to" onClose={onClose}>
      <div class="stack">
        <input
          type="text"
          role="combobox"
          aria-label="A page, an operation, a token or a user"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={commands.length > 0 ? `${id}-${chosen}` : undefined}
          autocomplete="off"
          spellcheck={false}
          placeholder="A page, an operation, a token or a user"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div id={`${id}-list`} class="palette" role="listbox" aria-label="Found">
          {commands.map((command, index) => (
            <Row
              key={`${command.href} ${command.kind}`}
              command={command}
              id={`${id}-${index}`}
              chosen={index === chosen}
              onGo={() => go(command)}
            />
          ))}
        </div>
        <p class="muted" role="status">
          {searching
            ? "Searching…"
            : commands.length === 0
              ? "Nothing found."
              : "Arrows choose, Enter opens."}
        </p>
      </div>
    </Dialog>
  );
}

export function PaletteButton() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      // Another dialog keeps its place: what was typed there would be lost from view.
      if (document.querySelector("dialog[open]") === null) setOpen(true);
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, []);
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-keyshortcuts="Control+K Meta+K"
        title="Go to a page, an operation or a user (Ctrl+K)"
        onClick={() => setOpen(true)}
      >
        <Icon name="search" /> <span class="wide-only">Go to</span> <kbd class="wide-only">Ctrl K</kbd>
        <span class="visually-hidden narrow-only">Go to</span>
      </button>
      {open && <Palette onClose={() => setOpen(false)} />}
    </>
  );
}
