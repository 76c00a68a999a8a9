/** Where the embedded server keeps what, below `<home>/postgres`. */
import { join, resolve } from "node:path";

export type Layout = {
  /** Holds everything else; the cross-process lock is taken on it. */
  readonly root: string;
  readonly data: string;
  /** `initdb` works here; renamed to `data` once complete, so that a kill leaves nothing half-made. */
  readonly unfinished: string;
  readonly log: string;
  readonly password: string;
};

export const layoutOf = (home: string): Layout => {
  const root = join(resolve(home), "postgres");
  return {
    root,
    data: join(root, "data"),
    unfinished: join(root, "data.unfinished"),
    log: join(root, "log"),
    password: join(root, "password"),
  };
};
