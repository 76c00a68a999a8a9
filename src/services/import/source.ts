/**
 * Reads an existing bot's database. It calls only `find`, `hello` and `listCollections`, so it changes nothing there.
 */
import { type Document, MongoClient } from "mongodb";
import { CTOError } from "../../errors/index.ts";

export type Source = {
  /** Host and database, for people. Never contains a password. */
  readonly place: string;
  /**
   * Returns all documents, in the order of their `_id`.
   *
   * @param mayBeEmpty whether an empty collection is allowed
   * @throws `CTO_E_IMPORT_COLLECTION_EMPTY` if the collection is empty and must not be
   */
  documents(collection: string, mayBeEmpty?: boolean): AsyncGenerator<Document>;
  close(): Promise<void>;
};

const TIMEOUT_MS = 10_000;

/**
 * The driver's messages name hosts, which is useful. The messages of its parser may repeat the connection string, so
 * we return only such an error's name.
 */
const reasonOf = (error: unknown, isOpen: boolean): string => {
  if (!(error instanceof Error)) return "unknown";
  return isOpen ? `${error.message} (${error.name})` : error.name;
};

/** @throws `CTO_E_IMPORT_SOURCE_UNAVAILABLE` */
export async function openSource(uri: string): Promise<Source> {
  let client: MongoClient | undefined;
  const unavailable = (error: unknown): CTOError =>
    new CTOError("CTO_E_IMPORT_SOURCE_UNAVAILABLE", { reason: reasonOf(error, client !== undefined) });
  try {
    client = new MongoClient(uri, {
      appName: "cto-import",
      ...(/[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: TIMEOUT_MS }),
      connectTimeoutMS: TIMEOUT_MS,
    });
    await client.connect();
    const db = client.db();
    const opened = client;
    return {
      place: `${opened.options.hosts.map(String).join(",")}/${db.databaseName}`,
      async *documents(collection, mayBeEmpty = false) {
        let count = 0;
        try {
          for await (const document of db.collection(collection).find().sort({ _id: 1 })) {
            count += 1;
            yield document;
          }
          if (count > 0 || mayBeEmpty) return;
          const others = await db.listCollections({}, { nameOnly: true }).toArray();
          throw new CTOError("CTO_E_IMPORT_COLLECTION_EMPTY", {
            collection,
            others: others.map((each) => each.name),
          });
        } catch (error) {
          throw error instanceof CTOError ? error : unavailable(error);
        }
      },
      close: () => opened.close(),
    };
  } catch (error) {
    await client?.close();
    throw unavailable(error);
  }
}
