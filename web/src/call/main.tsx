/** Starts the live part of a call's page. The server has rendered the statement of the call already. */
import { render } from "preact";
import { resume } from "./account.ts";
import { Join } from "./join.tsx";
import { follow } from "./live.ts";
import { renewParts } from "./statement-parts.ts";
import { findWallets } from "./wallets.ts";

const root = document.getElementById("join-app");
if (root !== null) {
  // What the server wrote there is for browsers in which this script does not run.
  root.replaceChildren();
  render(<Join />, root);
  findWallets();
  resume();
  renewParts();
  follow();
}
