/** Shows that a URL does not exist in the dashboard. */
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";

export const NotFoundPage = () => (
  <Page title="Not found">
    <Empty title="There is no such page.">
      <a href="/app/operations">All operations</a>
    </Empty>
  </Page>
);
