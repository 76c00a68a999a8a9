/**
 * The body of an HTTP answer, up to a bound. What counts is the text that comes out of decompression: a few kilobytes of
 * gzip may unpack to hundreds of megabytes.
 */

/** The body was longer than its reader takes. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
  constructor(readonly mostBytes: number) {
    super(`the answer is larger than ${mostBytes / 2 ** 20} MiB`);
  }
}

/**
 * Reads no further than the bound.
 *
 * @throws {TooLarge}, and what reading throws
 */
export async function readBounded({ body }: Response, mostBytes: number): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest of the answer.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new TooLarge(mostBytes);
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}
