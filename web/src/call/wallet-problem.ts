/** Words the failures of wallets as problems with a remedy. A wallet is a stranger's code, and may throw anything. */
import { RequestFailed } from "../api/request.ts";
import { visible } from "../format/visible.ts";

const TEXT_AT_MOST = 200;

export const cut = (text: string, most = TEXT_AT_MOST): string => {
  const shown = visible(text);
  return shown.length > most ? `${shown.slice(0, most)}…` : shown;
};

const problem = (code: string, title: string, detail: string, remedy: string): RequestFailed =>
  new RequestFailed({ status: 400, code, title, detail, remedy });

/** @param remedy what the member can do; it depends on what the wallet was asked for */
export function walletFailed(error: unknown, remedy: string): RequestFailed {
  if (error instanceof RequestFailed) return error;
  const said = error instanceof Error && error.message !== "" ? cut(error.message) : "it gave no reason";
  return problem("WALLET_REFUSED", "The wallet did not do it.", `Your wallet answered: ${said}`, remedy);
}

export const walletWrong = (detail: string): RequestFailed =>
  problem(
    "WALLET_UNFIT",
    "The wallet returned something else than was asked for.",
    detail,
    "Nothing was sent. Update the wallet, or use another one.",
  );
