/** Says what the transaction does, in the receipt's words, before the wallet shows it in its own. */
import { formatTokens, grouped } from "../../../src/base/token-amount.ts";
import { solOf } from "../../../src/server/calls/amounts.ts";
import type { ShownMember, ShownMuster } from "../../../src/server/calls/shown-call.ts";
import { blocksLeft, type ToSign } from "./handed-out.ts";
import { token } from "./page.ts";
import { usePace } from "./use-pace.ts";

type Props = { toSign: ToSign; muster: ShownMuster; member: ShownMember };

const MS_PER_SECOND = 1_000;

/** @param pace ms per block, if it is known */
export function closingWords(blocks: bigint, pace: number | null): string {
  if (blocks <= 0n) return "it has closed";
  const left = `${grouped(blocks)} blocks from now`;
  if (pace === null) return left;
  return `${left}, about ${Math.max(1, Math.floor((Number(blocks) * pace) / MS_PER_SECOND))} seconds`;
}

export function WhatWillBeSigned({ toSign, muster, member }: Props) {
  const left = blocksLeft(toSign);
  const pace = usePace(toSign.height);
  const unit = token.decimals === undefined ? "base units" : "tokens";
  return (
    <>
      <h3>What your wallet will be asked to sign</h3>
      <dl class="facts">
        <div>
          <dt>It buys for</dt>
          <dd>{solOf(member.lamports)}</dd>
        </div>
        <div>
          <dt>It gets at least</dt>
          <dd>
            {formatTokens(toSign.leastTokens, token.decimals)} {unit}{" "}
            <small>It fails rather than bring fewer.</small>
          </dd>
        </div>
        <div>
          <dt>At most leaves the wallet</dt>
          <dd>
            {solOf(toSign.mayLeave)}{" "}
            <small>
              with fees.{" "}
              {BigInt(toSign.ownRents) > 0n &&
                `It may also open token accounts of yours, with ${solOf(toSign.ownRents)} of rents; they stay yours.`}
            </small>
          </dd>
        </div>
        <div>
          <dt>Venue</dt>
          <dd>{toSign.venue}</dd>
        </div>
        <div>
          <dt>Memo</dt>
          <dd>
            <code>{toSign.memo}</code>
          </dd>
        </div>
        <div>
          <dt>Signing closes</dt>
          <dd>
            after block {grouped(toSign.signUntil)} <small>{closingWords(left, pace)}</small>
          </dd>
        </div>
        {muster.heights !== null && (
          <div>
            <dt>Valid until</dt>
            <dd>
              block {grouped(muster.heights.dead)}{" "}
              <small>
                {member.way === "signs"
                  ? "If you send it yourself before, it may buy without the others, and then there is no second round."
                  : "Your wallet sends it itself. Some wallets renew it, and it may then land later."}
              </small>
            </dd>
          </div>
        )}
      </dl>
      <p class="note">
        Your wallet shows one transaction of this wallet alone. It may add read-only guards. If it shows
        anything else, do not sign.
      </p>
    </>
  );
}
