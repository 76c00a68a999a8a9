/** Announces changes to screen readers, politely and in order, also for other parts of the page. */
import { signal } from "@preact/signals";

const message = signal("");

export const announce = (text: string): void => {
  // Screen readers announce only a changed text. If the text is the same, we append a no-break space.
  message.value = message.value === text ? `${text}\u00a0` : text;
};

export const Announcer = () => (
  <div class="visually-hidden" role="status" aria-live="polite">
    {message}
  </div>
);
