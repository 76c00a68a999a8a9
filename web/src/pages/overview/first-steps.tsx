/** Shows a new user's first steps, in order, until there is an operation. */
import { may, useMe } from "../../session.ts";

export function FirstSteps() {
  const me = useMe();
  const isLocalnet = me.cluster === "localnet";
  return (
    <section class="panel" aria-labelledby="first-title">
      <h2 id="first-title">The first operation</h2>
      <ol class="first-steps">
        {may(me, "admin") && (
          <li>
            <a href="/app/users">Add a user</a>: operations, wallets and limits belong to one.
          </li>
        )}
        <li>
          <a href="/app/wallets">Make wallets</a>: one that pays, and as many as shall buy.
        </li>
        <li>
          {isLocalnet
            ? "Give the funding wallet SOL, on the same page: it is free here."
            : "Send SOL to the funding wallet's address."}
        </li>
        <li>
          <a href="/app/operations/new">Ask for an operation</a>
          {isLocalnet ? "; a token to buy is made there." : "."}
        </li>
      </ol>
    </section>
  );
}
