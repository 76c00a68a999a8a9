/** Says what a member or a caller can do about a refusal, in words that fit the call's page. */

const ENTRIES: Readonly<Record<string, string>> = {
  CTO_E_CALLS_OFF: "This installation has stopped carrying out calls. Nothing of yours is sent by it.",
  CTO_E_CALL_UNKNOWN: "Open the link that the caller published: this installation has no such call.",
  CTO_E_CALL_NOT_OPEN:
    "If it has not opened yet, wait: it opens at the time that the terms name, and a few seconds after they are published. After the deadline, or once the muster has begun, nobody can join.",
  CTO_E_CALL_NOT_ANNOUNCED:
    "Wait some seconds: the memo must be final. If the wallet shows it as failed, publish it again.",
  CTO_E_PLEDGE_INVALID:
    "Reload the page, which may be of an older version, and pledge again. Nothing was counted.",
  CTO_E_PLEDGE_OTHER_CALL: "Reload the page, read the terms, and pledge again. Nothing was counted.",
  CTO_E_PLEDGE_OUT_OF_BOUNDS:
    "Choose an amount within the bounds of each wallet, and sign again. Nothing was counted.",
  CTO_E_PLEDGE_EXPIRED: "Sign a new one. Check the clock of this device if it happens again.",
  CTO_E_PLEDGE_FORGED:
    "Sign with the wallet that the text names. Hardware wallets often sign an envelope around the text; use another wallet then.",
  CTO_E_PLEDGE_REPLAYED: "Nothing to do: it was counted before. To change it, sign a new one.",
  CTO_E_MUSTER_NOT_A_MEMBER:
    "Connect the wallet that pledged. If it did: its pledge was not covered when the muster began, or the most was reached before it.",
  CTO_E_MUSTER_NOTHING_TO_SIGN:
    "Keep the page open: it asks again by itself when there is something to sign.",
  CTO_E_CALL_FULL:
    "Try again in some seconds: wallets that hold too little make room for others. Nothing was counted.",
  CTO_E_CALL_START_REFUSED:
    "The message was not counted and cannot be used again. When covered pledges reach the least, ask for a new one and sign it.",
  CTO_E_MUSTER_NOT_PROVED:
    "Let the wallet that pledged sign the request, in this browser. Only the wallet itself gets its transaction.",
  CTO_E_MUSTER_HANDED_ONCE:
    "Send it from the browser that has it: your wallet could otherwise buy twice. If no page of yours has it, this wallet does not buy, and loses nothing.",
  CTO_E_MUSTER_SIGNED_LATE:
    "Nothing of yours is sent in this round. Keep the page open: if there is a second round, it asks you again.",
  CTO_E_MUSTER_SIGNED_ALREADY:
    "Nothing to do: your first signature counts. Do not send the second transaction yourself, because it would buy again.",
  CTO_E_MUSTER_WITHDRAWN_LATE: "Nothing can stop it any more. The result below shows whether it lands.",
  CTO_E_MUSTER_MESSAGE_CHANGED:
    "Your wallet changed what it signed, so it was not accepted and is not sent by us. Turn off fee or swap settings of the wallet, or join with another one next time. You may sign again now.",
  CTO_E_MUSTER_NOT_SIGNED: "Choose the account that pledged in your wallet, and sign again.",
  CTO_E_MUSTER_MOVE_REFUSED: "Nothing was handed out or sent. Keep the page open: it asks again by itself.",
  CTO_E_TRANSACTION_REFUSED:
    "Nothing of yours is sent: it failed in a simulation. The price may have moved above the cap, or your wallet no longer holds enough. You may sign again.",
  CTO_E_TRANSACTION_EFFECT:
    "Nothing of yours is sent: in a simulation it did something else than this page says. Report it to the operator.",
  CTO_E_RPC_UNAVAILABLE: "The cluster did not answer. Try again in a moment.",
  CTO_E_JOURNAL_UNAVAILABLE: "The server cannot write now. Try again in a moment.",
  CTO_E_RATE_LIMITED: "Too many requests come from your network. Wait a moment; the page goes on by itself.",
  CTO_E_REQUEST_INVALID: "Reload the page: it may be of an older version.",
  NO_CONNECTION: "Check your connection. The page tries again; nothing is signed or sent twice.",
  INTERNAL: "Reload the page: it finds its state again. If it happens again, please report it.",
};

/** @param remedy the registry's own, for codes without an entry here */
export const remedyOf = (code: string, remedy: string): string => ENTRIES[code] ?? remedy;

/** The codes with an entry here, for the test that compares them with the registry. */
export const CODES: readonly string[] = Object.keys(ENTRIES);
