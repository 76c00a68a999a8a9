/**
 * Makes a gzip bomb: 300 kB that unpack to 300 MB of spaces, which are valid white space before a JSON value that never
 * comes.
 */

import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";

const MEGABYTE = Buffer.alloc(1_000_000, " ");

export const gzipBomb = (): Promise<Buffer> =>
  buffer(Readable.from(Array.from({ length: 300 }, () => MEGABYTE)).pipe(createGzip()));
