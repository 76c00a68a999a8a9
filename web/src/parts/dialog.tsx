/** Shows a modal dialog. It uses the browser's own dialog, which keeps the focus inside, and returns it at the end. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { visible } from "../format/visible.ts";

type Props = {
  title: string;
  /** Prevents Escape from closing the dialog, because its content would be lost. */
  holds?: boolean;
  onClose: () => void;
  children: ComponentChildren;
};

export function Dialog({ title, holds = false, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => holds && event.preventDefault()}
      onClose={onClose}
    >
      <h2 id={id}>
        <bdi>{visible(title)}</bdi>
      </h2>
      {children}
    </dialog>
  );
}
