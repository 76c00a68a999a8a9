/**
 * Signs a pledge, a withdrawal, or the request for a transaction: it shows the exact text first, then asks the wallet, then returns the signature. If the
 * answer is lost, the same signed statement is returned again, which counts once.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ShownCall } from "../../../src/server/calls/shown-call.ts";
import { change, RequestFailed } from "../api/request.ts";
import { useAction } from "../parts/use-action.ts";
import type { Connected } from "./account.ts";
import { show } from "./live.ts";
import { handedOnce, pendingStatement, signedRequest } from "./memory.ts";
import { newNonce } from "./nonce.ts";
import { serverNow } from "./page.ts";
import { CallProblem } from "./problem.tsx";
import { isGood, RENEW_MS, requestOf } from "./request.ts";
import { signText } from "./sign.ts";

type Statement = Readonly<Record<string, string>> & { readonly nonce: string };

/** @param lamports of a pledge; a withdrawal has none */
export function statementOf({ terms, termsHash }: ShownCall, wallet: string, lamports?: bigint): Statement {
  return {
    kind: lamports === undefined ? "withdrawal" : "pledge",
    callId: terms.callId,
    termsHash,
    wallet,
    expiresAt: terms.closesAt,
    nonce: newNonce(),
    ...(lamports === undefined ? {} : { lamports: String(lamports) }),
  };
}

/** Whether the server has refused it for good. Without an answer nobody knows, and it is returned again. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RequestFailed &&
  error.problem.status >= 400 &&
  error.problem.status < 500 &&
  error.problem.status !== 429;

const isCounted = (error: unknown): boolean =>
  error instanceof RequestFailed && error.problem.code === "CTO_E_PLEDGE_REPLAYED";

/** A signed request, as a proof that its wallet asks. */
type Proof = { readonly statement: Statement; readonly signature: string };

/** Keeps a signed request until the page may ask, and for a page that is opened anew. */
function keepRequest(callId: string, address: string, body: string): void {
  const { statement, signature } = JSON.parse(body) as Proof;
  signedRequest(callId, address).set(JSON.stringify({ statement, signature } satisfies Proof));
}

/**
 * Returns the body of the kept request; null if there is none, or if it soon expires. Once the transaction was handed out, an old one
 * is good enough: with it the page hears that it is too late.
 */
export function keptRequest(callId: string, address: string): string | null {
  const kept = signedRequest(callId, address).get();
  const expiresAt = kept === null ? undefined : (JSON.parse(kept) as Proof).statement.expiresAt;
  const isHanded = handedOnce(callId, address).get() !== null;
  return isHanded || isGood(expiresAt, serverNow()) ? kept : null;
}

/** Returns a signed statement to the server. @throws RequestFailed */
async function giveStatement(callId: string, address: string, body: string): Promise<void> {
  const pending = pendingStatement(callId, address);
  pending.set(body);
  try {
    show(await change<ShownCall>(`/v1/calls/${callId}/pledges`, JSON.parse(body)));
    pending.set(null);
  } catch (error) {
    if (isRefusal(error)) pending.set(null);
    if (!isCounted(error)) throw error;
  }
}

/** Returns a statement whose answer was lost, when the page is opened anew. */
export function usePendingStatement(callId: string, address: string): void {
  useEffect(() => {
    const body = pendingStatement(callId, address).get();
    if (body !== null) void giveStatement(callId, address, body).catch(() => undefined);
  }, [callId, address]);
}

/**
 * Lets the wallet sign that it asks for its transaction. The server is asked once the least was sent. What is shown here is replaced
 * before it is too old: the member may come back to the page after a while.
 */
export function SignRequest({ call, connected, onDone }: Omit<Props, "statement">) {
  const { address } = connected.account;
  const [statement, setStatement] = useState(() => requestOf(call, address, serverNow()));
  useEffect(() => {
    const renewed = setInterval(() => setStatement(requestOf(call, address, serverNow())), RENEW_MS);
    return () => clearInterval(renewed);
  }, [call.callId, address]);
  return (
    <SignStatement
      key={statement.nonce}
      call={call}
      connected={connected}
      statement={statement}
      onDone={onDone}
      give={keepRequest}
    />
  );
}

type Props = {
  call: ShownCall;
  connected: Connected;
  statement: Statement;
  /** Also called when the member goes back. */
  onDone: () => void;
  /** What is done with the signed statement. By default it is returned to the server. */
  give?: (callId: string, address: string, body: string) => void | Promise<void>;
};

export function SignStatement({ call, connected, statement, onDone, give = giveStatement }: Props) {
  const { busy, problem, run } = useAction();
  const [text, setText] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const { callId } = call;
  const { found, account } = connected;
  const read = (): Promise<void> =>
    run(async () => {
      const answer = await change<{ text: string }>(`/v1/calls/${callId}/statement`, { statement });
      setText(answer.text);
    });
  useEffect(() => {
    // The form that had the focus is gone.
    heading.current?.focus();
    void read();
  }, [statement]);
  const signedBody = async (of: string): Promise<string> => {
    const { way, version } = found;
    return JSON.stringify({ statement, signature: await signText(connected, of), way, version });
  };
  const sign = (): Promise<void> =>
    run(async () => {
      if (text === null) return;
      const kept = pendingStatement(callId, account.address).get();
      const body = kept?.includes(statement.nonce) ? kept : await signedBody(text);
      await give(callId, account.address, body);
      onDone();
    });
  /** The member gives it up, so a reopened page must not return it. Had it been counted, the page would show it. */
  const goBack = (): void => {
    pendingStatement(callId, account.address).set(null);
    onDone();
  };
  return (
    <div>
      <h3 ref={heading} tabIndex={-1}>
        What your wallet will be asked to sign
      </h3>
      <p>It is this message, word by word, and no transaction. It spends nothing.</p>
      {text !== null && <pre>{text}</pre>}
      <CallProblem of={problem} />
      <div class="row">
        {text === null ? (
          <button type="button" disabled={busy} onClick={() => void read()}>
            Show the text
          </button>
        ) : (
          <button type="button" disabled={busy} onClick={() => void sign()}>
            {busy ? "Waiting for your wallet…" : "Sign this message"}
          </button>
        )}
        <button type="button" class="quiet" disabled={busy} onClick={goBack}>
          Back
        </button>
      </div>
    </div>
  );
}
