/** Shows a name that a stranger chose: in its own direction of writing, with invisible characters made visible. */
import { visible } from "../format/visible.ts";

type Props = { text: string | null; class?: string };

export const Name = ({ text, class: extra }: Props) => (
  <bdi class={extra} title={text ?? undefined}>
    {text === null ? null : visible(text)}
  </bdi>
);
