/** Shows addresses, ids and signatures in a short form, and copies them in full. */
import { useEffect, useState } from "preact/hooks";
import { announce } from "./announcer.tsx";
import { Icon } from "./icon.tsx";

const SHOWN_AS_COPIED_MS = 1_500;

export const shorten = (text: string, ends = 4): string =>
  text.length <= ends * 2 + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), SHOWN_AS_COPIED_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
      announce(`Copied the ${what}`);
    } catch {
      setOutcome("refused");
      announce(`The browser refused to copy the ${what}`);
    }
  };
  return (
    <button
      type="button"
      class="copy"
      aria-label={`Copy the ${what} ${shorten(text)}`}
      title={`Copy ${text}`}
      onClick={copy}
    >
      <Icon name={outcome === "copied" ? "good" : outcome === "refused" ? "bad" : "copy"} />
    </button>
  );
}

type Props = { text: string; what: string; ends?: number; href?: string };

export const Short = ({ text, what, ends = 4, href }: Props) => (
  <span class="short">
    {href === undefined ? (
      <code title={text}>{shorten(text, ends)}</code>
    ) : (
      <a href={href} title={text}>
        <code>{shorten(text, ends)}</code>
      </a>
    )}
    <CopyButton text={text} what={what} />
  </span>
);
