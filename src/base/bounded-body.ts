/**
 * Reads the body of an HTTP answer up to a limit. We count the bytes after decompression: a few kilobytes of
 * gzip may unpack to hundreds of megabytes.
 */

/** The body was longer than the limit. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
  /** @param most as people say it */
  constructor(most: string) {
    super(`the answer is larger than ${most}`);
  }
}

/**
 * Stops reading at the limit.
 *
 * @throws {TooLarge}, and all errors of reading
 */
export async function readBounded({ body }: Response, mostBytes: number): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  // A throw inside this loop cancels the rest of the answer.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new TooLarge(`${mostBytes / 2 ** 20} MiB`);
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}
