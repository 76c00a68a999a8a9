/** Tells screen readers what has changed on a page that they are not at, politely and in order. */
import { signal } from "@preact/signals";

const message = signal("");

export const announce = (text: string): void => {
  // The same words twice are a change only when they differ: a no-break space does that.
  message.value = message.value === text ? `${text}\u00a0` : text;
};

export const Announcer = () => (
  <div class="visually-hidden" role="status" aria-live="polite">
    {message}
  </div>
);
