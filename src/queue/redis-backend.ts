/** Gives BullMQ Redis clients that can always be closed, also while their server is away or refuses writes. */
import { type BackendFactory, createRedisBackend, type RedisQueueBackend } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";

/**
 * A client that ends at once. Without this, ioredis never emits `end` for a client that waits for its next attempt to
 * connect, and `quit` waits until the server is back. BullMQ waits for both, so a worker would never close.
 */
class ClosableRedis extends Redis {
  readonly #family: Set<ClosableRedis>;
  #isLeaving = false;

  /** @param family the client and its duplicates */
  constructor(family: Set<ClosableRedis>, options: RedisOptions) {
    super(options);
    this.#family = family.add(this);
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) {
      // In this state ioredis ends the client itself. In "reconnecting" it expects a socket that does not exist.
      if (this.status === "reconnecting") this.status = "wait";
    } else if (this.#isLeaving) {
      return; // Every pending command is refused, and each refusal asks for a new connection. One is enough.
    } else {
      this.#isLeaving = true;
      this.once("close", () => {
        this.#isLeaving = false;
      });
    }
    super.disconnect(reconnect);
  }

  override async quit(): Promise<"OK"> {
    if (this.status === "ready") return super.quit();
    this.disconnect();
    return "OK";
  }

  override duplicate(override?: Partial<RedisOptions>): ClosableRedis {
    return new ClosableRedis(this.#family, { ...this.options, ...override });
  }
}

export type RedisBackends = {
  /** BullMQ's Redis backend with our clients. */
  readonly create: BackendFactory<RedisQueueBackend>;
  /** Ends all clients. Commands that wait for an answer fail. */
  cutOff(): void;
};

/** Reads the address from a URL as ioredis does. The client that reads it never connects. */
const optionsOf = ({ url, ...options }: RedisOptions & { url?: string }): RedisOptions =>
  url === undefined ? options : new Redis(url, { ...options, lazyConnect: true }).options;

export function redisBackends(): RedisBackends {
  const family = new Set<ClosableRedis>();
  return {
    create(name, options, flags) {
      const given = optionsOf(options.connection as RedisOptions & { url?: string });
      const client = new ClosableRedis(family, { ...given, lazyConnect: true });
      const backend = createRedisBackend(name, { ...options, connection: client }, flags);
      const close = backend.close.bind(backend);
      // BullMQ does not close a client that it did not create.
      backend.close = (force) => close(force).finally(() => client.disconnect());
      return backend;
    },
    cutOff() {
      for (const client of family) client.disconnect();
    },
  };
}
