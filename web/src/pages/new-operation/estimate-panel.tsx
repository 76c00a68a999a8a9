/**
 * Shows what the operation would buy and cost, before anything is signed. The numbers keep their positions when they
 * change.
 */
import type { Estimate } from "../../api/types.ts";
import { sayPriceCheck, sayShownAs } from "../../format/price-check.ts";
import { formatBps, formatPrice, sumUnits } from "../../format/sol.ts";
import { Short } from "../../parts/address.tsx";
import { decimalsOf, Sol, Tokens } from "../../parts/amount.tsx";
import { More, useFold } from "../../parts/fold.tsx";
import { FundButton, useFree } from "../../parts/localnet.tsx";
import { Warning } from "../../parts/problem.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { TokenName } from "../../parts/token.tsx";

/** A warning about more wallets than this names the first ones, and the others on request. */
const FEW = 10;

/** The price impact from which we show a warning, bps. */
const NOTABLE_IMPACT_BPS = 500;

const Fact = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children ?? "–"}</dd>
  </div>
);

export function EstimateFacts({ estimate }: { estimate: Estimate | null }) {
  const fees = estimate && [estimate.fees.network, estimate.fees.priority, estimate.fees.rent];
  return (
    <dl class="facts">
      {estimate?.tokenLabel && (
        <Fact name="The token calls itself">
          <TokenName label={estimate.tokenLabel} />
        </Fact>
      )}
      <Fact name="Tokens, about">
        {estimate && <Tokens units={estimate.totalTokens} decimals={estimate.decimals} />}
      </Fact>
      <Fact name="Average price, SOL">
        {estimate && formatPrice(estimate.totalLamports, estimate.totalTokens, estimate.decimals)}
      </Fact>
      <Fact name="Price impact">{estimate && formatBps(estimate.priceImpactBps)}</Fact>
      <Fact name="Venue">{estimate?.platform}</Fact>
      <Fact name="Price compared with">{estimate && sayPriceCheck(estimate.price)}</Fact>
      <Fact name="The mint's transfer fee">
        {estimate &&
          (estimate.price.transferFeeBps === 0 ? "none" : formatBps(estimate.price.transferFeeBps))}
      </Fact>
      {estimate?.price.shownAs !== undefined && (
        <Fact name="Amounts in wallets">{sayShownAs(estimate.price)}</Fact>
      )}
      <Fact name="Fees and rents, on top">
        {estimate && fees && (
          <span title={`Rents at ${estimate.lamportsPerByte} lamports per byte`}>
            <Sol lamports={sumUnits(fees)} />
          </span>
        )}
      </Fact>
      <Fact name="To pay in all">
        {estimate && fees && <Sol lamports={sumUnits([estimate.totalLamports, ...fees])} />}
      </Fact>
      <Fact name="Transactions">
        {estimate &&
          `${estimate.transactions.count}${estimate.fundingMode === "two-step" ? ", funded first" : ""}`}
      </Fact>
      <Fact name="Venue's fees, within the amount">
        {estimate && (estimate.fees.venue === null ? "not known" : <Sol lamports={estimate.fees.venue} />)}
      </Fact>
    </dl>
  );
}

type WarningsProps = { estimate: Estimate; onFunded: () => void };

export function EstimateWarnings({ estimate, onFunded }: WarningsProps) {
  const { leftOut, shortOfFunds, priceImpactBps, building } = estimate;
  const isFree = useFree();
  const out = useFold(leftOut, FEW);
  const short = useFold(shortOfFunds, FEW);
  const dear = useFold(
    estimate.legs.filter(({ aboveMaxPrice }) => aboveMaxPrice),
    FEW,
  );
  return (
    <>
      {leftOut.length > 0 && (
        <Warning>
          <p>
            <strong>
              {leftOut.length} {leftOut.length === 1 ? "wallet cannot" : "wallets cannot"} buy.
            </strong>{" "}
            The others share the whole amount.
          </p>
          <ul>
            {out.shown.map(({ address, reason }) => (
              <li key={address}>
                <Short text={address} what="wallet address" />: {reason}
              </li>
            ))}
          </ul>
          <More fold={out} what="wallets" />
        </Warning>
      )}
      {dear.shown.length > 0 && (
        <Warning>
          <p>
            <strong>Legs above the highest price would buy nothing.</strong> The amounts here still count
            them.
          </p>
          <ul>
            {dear.shown.map(({ leg, address }) => (
              <li key={leg}>
                Leg {leg}: <Short text={address} what="wallet address" />
              </li>
            ))}
          </ul>
          <More fold={dear} what="wallets" />
        </Warning>
      )}
      {shortOfFunds.length > 0 && (
        <Warning>
          <p>
            <strong>
              {shortOfFunds.length} {shortOfFunds.length === 1 ? "wallet is" : "wallets are"} short of funds.
            </strong>{" "}
            Fund {shortOfFunds.length === 1 ? "it" : "them"}, or spend less.
          </p>
          <ul>
            {short.shown.map(({ address, has, needs }) => (
              <li key={address}>
                <Short text={address} what="wallet address" /> has <Sol lamports={has} />, needs{" "}
                <Sol lamports={needs} />
              </li>
            ))}
          </ul>
          <More fold={short} what="wallets" />
          {isFree && <FundButton short={shortOfFunds} onDone={onFunded} />}
        </Warning>
      )}
      {building !== null && building.mostSeconds > building.blockhashSeconds && (
        <Warning>
          <p>
            It takes {building.leastSeconds} to {building.mostSeconds} s: a worker may send Jupiter{" "}
            {building.requestsPerSecond} requests a second. The wallets buy one after the other.
          </p>
        </Warning>
      )}
      {priceImpactBps >= NOTABLE_IMPACT_BPS && (
        <Warning>
          <p>
            It would move the price by {formatBps(priceImpactBps)}. Each later wallet pays more than the one
            before it.
          </p>
        </Warning>
      )}
    </>
  );
}

export function Split({ estimate }: { estimate: Estimate }) {
  const decimals = decimalsOf(estimate.legs.map(({ lamports }) => lamports));
  const fold = useFold(estimate.legs);
  return (
    <Scroll class="split" label="Estimated shares of the wallets">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              Leg
            </th>
            <th scope="col">Wallet</th>
            <th scope="col" class="number">
              SOL
            </th>
            <th scope="col" class="number">
              Tokens, about
            </th>
            <th scope="col" class="number">
              At least
            </th>
          </tr>
        </thead>
        <tbody>
          {fold.shown.map(({ leg, address, lamports, tokensOut, minTokensOut }) => (
            <tr key={leg}>
              <td class="number">{leg}</td>
              <td>
                <Short text={address} what="wallet address" />
              </td>
              <td class="number">
                <Sol lamports={lamports} aligned={decimals} />
              </td>
              <td class="number">
                <Tokens units={tokensOut} decimals={estimate.decimals} aligned />
              </td>
              <td class="number">
                <Tokens units={minTokensOut} decimals={estimate.decimals} aligned />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More fold={fold} what="wallets" />
    </Scroll>
  );
}
