/** Serves JSON for one test. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Request = { readonly url: string; readonly body: string };

export async function serve(
  answer: (request: Request) => unknown,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(async (request, response) =>
    response.end(JSON.stringify(answer({ url: request.url ?? "", body: await text(request) }))),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
