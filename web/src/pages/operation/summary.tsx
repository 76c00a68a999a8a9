/** Shows the operation's request, and its result so far. */
import type { OperationDetail, Step } from "../../api/types.ts";
import { anchorsOf } from "../../format/anchors.ts";
import { sayPriceCheck, sayShownAs } from "../../format/price-check.ts";
import { formatBps, formatPrice } from "../../format/sol.ts";
import { isSweep, returnsOf } from "../../format/sweep.ts";
import { dateAndClock, duration } from "../../format/time.ts";
import { isUnderWay } from "../../format/words.ts";
import { Short } from "../../parts/address.tsx";
import { type Decimals, Sol, Tokens } from "../../parts/amount.tsx";
import { Name } from "../../parts/name.tsx";
import { ComingToken } from "../../parts/token.tsx";

const Fact = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** We do not show a dash, which would mean "unknown". The value is either still to come, or will never come. */
const unknownYet = ({ status, progress }: OperationDetail): string => {
  if (!isUnderWay(status)) return "ended before";
  // The phase is over when the token was found; what was found is recorded with the market that is opened.
  return progress >= DETECTED_AT ? "being checked" : "not yet";
};

/** The progress, in per cent, at which the token's market is looked for. */
const DETECTED_AT = 45;

/** The table of wallets shows longer lists better. */
const MANY = 20;

/** A retry's weights are the lamports of the legs that it repeats, which the wallets' table shows. */
const sharesOf = ({ weights, retryOf }: OperationDetail): string => {
  if (retryOf !== null) return "each wallet's as in the operation that it retries";
  if (weights === null) return "equal";
  return weights.length > MANY
    ? `by ${weights.length} weights, as in the table of wallets`
    : `by weights ${weights.join(" : ")}`;
};

/** A sweep has no token, venue, shares or price. */
const AskedOfSweep = ({ operation: { buyLamports, userId, priority } }: { operation: OperationDetail }) => (
  <section class="panel" aria-labelledby="asked-title">
    <h2 id="asked-title">Asked for</h2>
    <dl class="facts">
      <Fact name="What">a sweep: all buyer wallets return their SOL</Fact>
      <Fact name="At most, over all wallets">
        <Sol lamports={buyLamports} />
      </Fact>
      <Fact name="User">
        <a href={`/app/operations?userId=${encodeURIComponent(userId)}`}>
          <Name text={userId} />
        </a>
      </Fact>
      <Fact name="Priority">{priority}</Fact>
    </dl>
  </section>
);

export function Asked({ operation }: { operation: OperationDetail }) {
  return isSweep(operation) ? <AskedOfSweep operation={operation} /> : <AskedOfBuy operation={operation} />;
}

function AskedOfBuy({ operation }: { operation: OperationDetail }) {
  const {
    buyLamports,
    tokenAddress,
    tokenLabel,
    mode,
    platform,
    detected,
    venue,
    userId,
    slippageBps,
    maxPriceImpactBps,
    maxPrice,
    price,
    status,
  } = operation;
  const { leftOut, parallelism, priority } = operation;
  const { retryOf, retriedBy, reference, tags, notBefore, expiresAt } = operation;
  return (
    <section class="panel" aria-labelledby="asked-title">
      <h2 id="asked-title">Asked for</h2>
      <dl class="facts">
        <Fact name="Amount, over all wallets">
          <Sol lamports={buyLamports} />
        </Fact>
        <Fact name="Token">
          <ComingToken
            address={tokenAddress}
            label={tokenLabel}
            isPending={detected === null && isUnderWay(status)}
          />
        </Fact>
        <Fact name="Mode">
          {mode === "standard" ? "standard: the funding wallet pays" : "prefunded: each wallet pays"}
        </Fact>
        <Fact name="Shares">{sharesOf(operation)}</Fact>
        {retryOf !== null && (
          <Fact name="Retry of">
            <Short text={retryOf} what="operation id" ends={6} href={`/app/operations/${retryOf}`} />
          </Fact>
        )}
        {retriedBy !== null && (
          <Fact name="Retried by">
            <Short text={retriedBy} what="operation id" ends={6} href={`/app/operations/${retriedBy}`} />
          </Fact>
        )}
        {reference !== null && (
          <Fact name="Reference">
            <Name text={reference} />
          </Fact>
        )}
        {tags.length > 0 && (
          <Fact name="Tags">
            {tags.map((tag) => (
              <Name key={tag} class="tag" text={tag} />
            ))}
          </Fact>
        )}
        {notBefore !== null && <Fact name="Not before">{dateAndClock(notBefore)}</Fact>}
        {expiresAt !== null && <Fact name="Expires">{dateAndClock(expiresAt)}</Fact>}
        {leftOut.length > 0 && (
          <Fact name="Left out: cannot buy">
            {leftOut.slice(0, MANY).map(({ address, reason }) => (
              <span key={address} title={reason}>
                <Short text={address} what="wallet address" />{" "}
              </span>
            ))}
            {leftOut.length > MANY && `and ${leftOut.length - MANY} more`}
          </Fact>
        )}
        <Fact name="Platform">{platform}</Fact>
        <Fact name="Detected">
          {detected === "unknown" ? "no known venue" : (detected ?? unknownYet(operation))}
        </Fact>
        <Fact name="Venue">{venue ?? unknownYet(operation)}</Fact>
        {/* The check comes while the page is open. Its words may take two lines, which are kept free for it. */}
        <Fact name="Price compared with">
          <span class="two-lines">{price === null ? unknownYet(operation) : sayPriceCheck(price)}</span>
        </Fact>
        {price !== null && price.transferFeeBps > 0 && (
          <Fact name="The mint's transfer fee">{formatBps(price.transferFeeBps)}</Fact>
        )}
        {price?.shownAs !== undefined && <Fact name="Amounts in wallets">{sayShownAs(price)}</Fact>}
        {maxPrice !== null && <Fact name="Maximum price, SOL per token">{maxPrice}</Fact>}
        <Fact name="Slippage, impact limit">
          {formatBps(slippageBps)}, {maxPriceImpactBps === null ? "none" : formatBps(maxPriceImpactBps)}
        </Fact>
        <Fact name="User">
          <a href={`/app/operations?userId=${encodeURIComponent(userId)}`}>
            <Name text={userId} />
          </a>
        </Fact>
        <Fact name="Priority, parallelism">
          {priority}, {parallelism}
        </Fact>
      </dl>
    </section>
  );
}

type TotalsProps = { operation: OperationDetail; steps: readonly Step[]; decimals: Decimals };

/** What was bought, by how many wallets, and at which price. */
function Bought({ operation: { status, totals, legs: planned }, decimals }: Omit<TotalsProps, "steps">) {
  const { landed, legs, spentLamports, tokensReceived } = totals;
  const price =
    decimals != null && tokensReceived !== null && BigInt(tokensReceived) > 0n
      ? formatPrice(spentLamports, tokensReceived, decimals)
      : "–";
  // Of an operation that bought nothing, the accepted least would read like something that was received.
  const anchors = landed === 0 && !isUnderWay(status) ? null : anchorsOf(planned);
  return (
    <>
      <Fact name="Wallets that bought">{legs === 0 ? "none" : `${landed} of ${legs}`}</Fact>
      <Fact name="Spent on the token">
        <Sol lamports={spentLamports} />
      </Fact>
      <Fact name="Tokens">
        {tokensReceived === null ? "–" : <Tokens units={tokensReceived} decimals={decimals} />}
      </Fact>
      <Fact name="Average price, SOL per token">{price}</Fact>
      {anchors && (
        <>
          <Fact name="Accepted at least">
            <Tokens units={anchors.now} decimals={decimals} />
          </Fact>
          <Fact name="The same wallets before, at least">
            <Tokens units={anchors.before} decimals={decimals} />
          </Fact>
        </>
      )}
    </>
  );
}

function Returned({ steps }: Pick<TotalsProps, "steps">) {
  const { landed, all } = returnsOf(steps);
  return <Fact name="Wallets that returned">{all === 0 ? "none" : `${landed} of ${all}`}</Fact>;
}

export function Totals({ operation, steps, decimals }: TotalsProps) {
  const { createdAt, startedAt, finishedAt, totals, recovery } = operation;
  const { costs } = totals;
  return (
    <section class="panel" aria-labelledby="totals-title">
      <div class="panel-head">
        <h2 id="totals-title">
          {!isUnderWay(operation.status) && operation.status !== "needs_review" ? "Outcome" : "So far"}
        </h2>
        <span class="muted">{operation.settled ? "final" : "not final yet"}</span>
      </div>
      <dl class="facts">
        {isSweep(operation) ? (
          <Returned steps={steps} />
        ) : (
          <Bought operation={operation} decimals={decimals} />
        )}
        <Fact name="Network fees">
          <Sol lamports={costs.networkLamports} />
        </Fact>
        <Fact name="Priority fees">
          <Sol lamports={costs.priorityLamports} />
        </Fact>
        <Fact name="Rents">
          <Sol lamports={costs.rentLamports} />
        </Fact>
        {recovery && (
          <Fact name="Returned to the funding wallet">
            <Sol lamports={recovery.returnedLamports} />
          </Fact>
        )}
        <Fact name="Created">
          <time dateTime={createdAt}>{dateAndClock(createdAt)}</time>
        </Fact>
        <Fact name="Took">
          {startedAt && finishedAt ? duration(Date.parse(finishedAt) - Date.parse(startedAt)) : "–"}
        </Fact>
      </dl>
    </section>
  );
}
