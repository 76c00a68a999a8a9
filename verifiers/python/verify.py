#!/usr/bin/env python3
"""Checks a receipt of the CTO queue against the chain by docs/receipt-format.md, whose numbers name the rules.
    python3 verify.py receipt.json --rpc https://api.mainnet-beta.solana.com [--json]
"""
import argparse, hashlib, json, re, sys, time, urllib.request
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"
SYSTEM_PROGRAM, GIVES_DATA = "11111111111111111111111111111111", {0: 1, 3: 1, 8: 0, 9: 0, 13: 0}
MEMO = re.compile(r"cto:1:([A-Za-z0-9_-]{1,64}):(buy|fund|recover):([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
ALPHABET, AMOUNT, PRICE = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", re.compile(r"0|[1-9][0-9]{0,39}"), re.compile(r"[0-9]{1,12}(\.[0-9]{1,30})?")
LANDED, OPEN, OVER = {"confirmed", "finalized"}, {"ready", "in_flight", "needs_review"}, {"completed", "failed", "cancelled"}
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]")
shown = lambda text: UNSEEN.sub(lambda found: "\\u%04x" % ord(found[0]), text)  # a terminal would obey these
PAGE, MAX_PAGES, TRIES, TIMEOUT_S, MAX_BYTES, MOST_RATE, MOST_SALES = 1000, 20, 5, 15, 64 << 20, 13920, 200
class NoVerdict(Exception): """The check could not be made."""
def endpoint(url):
    def call(method, *params, tries=TRIES):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return json.loads(response.read(MAX_BYTES))["result"]
        except KeyError: raise NoVerdict("%s: the endpoint refuses" % method) from None
        except (OSError, ValueError) as error:
            code = getattr(error, "code", 503)
            if tries == 1 or (code != 429 and code < 500): raise NoVerdict("%s: no answer (%s)" % (method, type(error).__name__)) from None
        time.sleep(0.4 * 2 ** (TRIES - tries))
        return call(method, *params, tries=tries - 1)
    return call
def reader(rpc):
    try: at = "finalized" if isinstance(rpc("getAgGenesisCert", tries=1), dict) else "confirmed"
    except NoVerdict: at = "confirmed"
    return lambda method, subject, **options: rpc(method, subject, {"commitment": at, **options})
u64 = lambda data, at: int.from_bytes(data[at:at + 8], "little")
def from_base58(text):
    number = sum(ALPHABET.index(letter) * 58 ** at for at, letter in enumerate(reversed(text)))
    return b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")
def history(rpc, address, problems):
    lines, before = [], {}
    for _ in range(MAX_PAGES):
        page = rpc("getSignaturesForAddress", address, limit=PAGE, **before)
        lines += page
        if len(page) < PAGE: return lines
        before = {"before": page[-1]["signature"]}
    problems.append("%s has a longer history than was read: after %d pages the reading stopped, and what is older was not seen" % (address, MAX_PAGES))
    return lines
def keys_of(transaction):
    loaded = transaction["meta"].get("loadedAddresses") or {"writable": [], "readonly": []}
    keys = transaction["transaction"]["message"]["accountKeys"] + loaded["writable"] + loaded["readonly"]
    return keys + [""] * (256 - len(keys))
def system_calls(transaction, inner_only=False):
    keys, outer = keys_of(transaction), [] if inner_only else transaction["transaction"]["message"]["instructions"]
    inner = [one for group in transaction["meta"].get("innerInstructions") or [] for one in group["instructions"]]
    for one in outer + inner:
        data = from_base58(one["data"]) if keys[one["programIdIndex"]] == SYSTEM_PROGRAM else b""
        if len(data) >= 4: yield int.from_bytes(data[:4], "little"), one["accounts"], data
def own_minimum(transaction):
    for number, accounts, data in system_calls(transaction):
        at = 44 + u64(data, 36) if number == 3 else 4 if number in (0, 13) else len(data)
        lamports, size = u64(data, at), u64(data, at + 8) + 128
        if at + 16 <= len(data) and 0 < lamports <= MOST_RATE * size and lamports % size == 0:
            if number != 13 or accounts and transaction["meta"]["preBalances"][accounts[0]] == 0:
                return lamports // size * 128
def opened_sizes(transaction):
    sizes = {}
    for number, accounts, data in system_calls(transaction):
        for account in accounts[GIVES_DATA[number]:][:1] if number in GIVES_DATA else ():
            at = 44 + u64(data, 36) + (8 if number == 3 else 0) if number in (3, 9) else 4 if number == 8 else 12
            sizes[account] = max(sizes.get(account, 0), u64(data, at))
    return sizes
def minimums(rpc, transactions):
    own = {signature: own_minimum(one) for signature, one in transactions.items()}
    told = [(transactions[s]["slot"], minimum) for s, minimum in own.items() if minimum is not None]
    if not told and transactions: return dict.fromkeys(transactions, rpc("getMinimumBalanceForRentExemption", 0))
    nearest = {s: min(told, key=lambda one: abs(one[0] - transactions[s]["slot"]))[1] for s in own}
    return {s: nearest[s] if own[s] is None else own[s] for s in own}
def spent(transaction, payers, minimum):
    meta, keys = transaction["meta"], keys_of(transaction)
    token_balances = (meta.get("preTokenBalances") or []) + (meta.get("postTokenBalances") or [])
    owners = {one["accountIndex"]: one.get("owner") for one in token_balances}
    sizes, balances = opened_sizes(transaction), list(zip(meta["preBalances"], meta["postBalances"]))
    theirs = {at for at, (before, _) in enumerate(balances)
              if keys[at] in payers or ((before > 0 or at in sizes) and owners.get(at) in payers)}
    total, most, may_be, rests = -meta["fee"], 5 * minimum, {0}, []
    for at, (before, after) in enumerate(balances):
        if at in theirs or at not in sizes:
            total += before - after if at in theirs else 0 if before else -min(after, minimum)
        else:
            rent = min(after - before, max(0, minimum // 128 * (128 + sizes[at]) - before))
            total, rests = total - rent, rests + [after - before - rent]
    moved = [u64(data, 4) for number, one, data in system_calls(transaction, inner_only=True)
             if number == 2 and len(data) >= 12 and len(one) >= 2 and keys[one[0]] in payers
             and one[1] not in theirs and one[1] not in sizes and balances[one[1]][0] > 0]
    for amount in [amount for amount in moved + rests if 0 < amount <= most][:4]: may_be |= {one + amount for one in may_be}
    return total, {total - one for one in may_be if one <= most}
def received(meta, owner, mint):
    return sum(sign * int(one["uiTokenAmount"]["amount"]) for when, sign in (("post", 1), ("pre", -1))
               for one in meta.get(when + "TokenBalances") or [] if one.get("owner") == owner and one["mint"] == mint)
def memos_in(transaction):
    message = transaction["transaction"]["message"]
    keys, signers = message["accountKeys"], message["header"]["numRequiredSignatures"]
    for one in message["instructions"]:
        if keys[one["programIdIndex"]] == MEMO_PROGRAM: yield from_base58(one["data"]).decode("utf-8", "replace"), [keys[at] for at in one["accounts"] if at < signers]
def finds_in(transaction, operation, addresses, token, minimum):
    keys, meta = transaction["transaction"]["message"]["accountKeys"], transaction["meta"]
    for text, signers in memos_in(transaction):
        match, wallet = MEMO.fullmatch(text), next((one for one in signers if one in addresses), None)
        if wallet is None or not match or match[1] != operation or int(match[3]) > int(match[4]): continue
        back = meta["postBalances"][0] - meta["preBalances"][0] + meta["fee"]
        amount, may_be = (back, {back}) if match[2] == "recover" else spent(transaction, {wallet, keys[0]}, minimum)
        yield {"kind": match[2], "leg": int(match[3]), "memo": text, "address": wallet, "payer": keys[0],
            "signature": transaction["transaction"]["signatures"][0], "slot": str(transaction["slot"]), "lamports": str(amount), "mayBe": set(map(str, may_be)),
            "tokens": str(received(meta, wallet, token)), "fee": meta["fee"]}
def price_cap(rpc, receipt):  # lamports for a base unit
    return Fraction(receipt["call"]["terms"]["maxPrice"]) * 10 ** 9 / 10 ** rpc("getTokenSupply", receipt["asked"]["token"])["value"]["decimals"]
def is_counted(rpc, receipt):  # members of a call have keys: they may sign the memo elsewhere, too
    if "call" not in receipt: return lambda one: True
    named, cap, least = {one.get("signature") for one in receipt["legs"]}, price_cap(rpc, receipt), int(receipt["call"]["terms"]["perWallet"]["leastLamports"])
    return lambda one: one["signature"] in named or (one["kind"] == "buy" and int(one["tokens"]) > 0 and int(one["lamports"]) >= least <= int(one["tokens"]) * cap)
def read_chain(rpc, receipt, problems):
    operation, counts = receipt["operationId"], is_counted(rpc, receipt)
    addresses = list(dict.fromkeys(one["address"] for one in receipt["legs"] + receipt.get("recovered", [])))
    lines = {line["signature"]: line for address in addresses for line in history(rpc, address, problems)
             if "cto:1:%s:" % operation in (line.get("memo") or "")}
    transactions = {}
    for signature, line in lines.items():
        if line["err"] is None:
            transaction = rpc("getTransaction", signature, encoding="json", maxSupportedTransactionVersion=1)
            if transaction is None: problems.append("the endpoint lists %s but does not have it" % signature)
            elif transaction["meta"]["err"] is None: transactions[signature] = transaction
    finds, others, least = [], [], minimums(rpc, transactions)
    for signature, transaction in transactions.items():
        every = list(finds_in(transaction, operation, set(addresses), receipt["asked"]["token"], least[signature]))
        own, others = [one for one in every if counts(one)], others + [one for one in every if not counts(one)]
        problems += ["%s carries %d memos of the operation" % (signature, len(own))] if len(own) > 1 else []
        finds += own
    funded = "call" not in receipt and any("cto:1:%s:fund:" % operation in line["memo"] for line in lines.values())
    mentions = ["%(signature)s has the memo %(memo)s, which %(address)s has signed, and is no purchase of the call: it spent %(lamports)s lamports and brought %(tokens)s token units" % one for one in others]
    return finds, sum(line["err"] is not None for line in lines.values()), funded, mentions
def price_of(top, bottom):
    context = Context(prec=max(12, len(str(top // bottom))), rounding=ROUND_DOWN)
    text = format(context.divide(Decimal(top), Decimal(bottom)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
def price_fits(one, decimals):
    if "price" not in one or decimals is None or int(one.get("tokens", 0)) <= 0: return "price" not in one
    return one["price"] == price_of(int(one["lamports"]) * 10 ** decimals, int(one["tokens"]) * 10 ** 9)
def shares(receipt):
    legs, total = receipt["legs"], int(receipt["asked"]["lamports"])
    named = re.match(r"Shares by the caller's weights ([0-9]+(?::[0-9]+)*) ", receipt["split"])
    weights = [int(one) for one in named[1].split(":")] if named else [1] * len(legs)
    if len(weights) != len(legs) or sum(weights) <= 0 or not (named or receipt["split"].startswith("Equal shares")): return None
    parts = [total * weight // sum(weights) for weight in weights]
    return [part + (at < total - sum(parts)) for at, part in enumerate(parts)]
def check_alone(receipt, say):
    legs, returns, decimals = receipt["legs"], receipt.get("recovered", []), receipt.get("decimals")
    sweep, memo = receipt.get("purpose") == "sweep", "cto:1:%s:%s:%d/%d"
    count = len(legs) or (int((MEMO.fullmatch(returns[0]["memo"]) or "00000")[4]) if returns else 0)
    say([one["leg"] for one in legs] == list(range(1, len(legs) + 1)), "1: the legs are not numbered from 1")
    say(len({one["address"] for one in legs}) == len(legs) and len({one["leg"] for one in returns}) == len(returns) and not (sweep and legs), "1: a wallet has two legs or returns, or a sweep has legs")
    for kind, one in [("buy", one) for one in legs] + [("recover", one) for one in returns]:
        right = memo % (receipt["operationId"], kind, one["leg"], count)
        say(one["memo"] == right and MEMO.fullmatch(right) and one["leg"] <= count, "2: %s is not the memo of leg %d" % (one["memo"], one["leg"]))
    for one in returns if legs else []: say((one["leg"], one["address"]) in [(leg["leg"], leg["address"]) for leg in legs], "2: another wallet returns")
    say(sweep or not legs or [int(one["lamports"]) for one in legs] == shares(receipt), "3: the amounts are others")
    for one in legs:
        name = "4: leg %d " % one["leg"]
        has_landed, paid_by = one["status"] in LANDED, one.get("payer", one["address"])
        say(not has_landed or {"signature", "slot", "payer"} <= set(one), name + "lacks what it landed as")
        say(receipt["asked"]["mode"] != "prefunded" or not has_landed or paid_by == one["address"], name + "is prefunded, and another wallet paid")
        say(has_landed or "tokens" not in one, name + "has not landed, and has tokens")
        say(price_fits(one, decimals), "6: the price of leg %d" % one["leg"])
    landed, totals = [one for one in legs if one["status"] in LANDED], receipt["totals"]
    say(totals["legs"] == len(legs) and totals["landed"] == len(landed), "5: the totals count otherwise")
    say(int(totals["lamports"]) == sum(int(one["lamports"]) for one in landed), "5: the total of lamports")
    tokens = str(sum(int(one["tokens"]) for one in landed)) if all("tokens" in one for one in landed) else None
    say(totals.get("tokens") == tokens, "5: the total of tokens")
    say(price_fits(totals, decimals), "6: the price of the totals")
    steps, status, settled = returns if sweep else legs, receipt["status"], receipt["settled"]
    done = sum(one["status"] in LANDED for one in steps)
    if status not in OVER or any(one["status"] in OPEN for one in steps): return say(not settled, "7: it is final, and not over")
    say(not settled or all(one["status"] != "confirmed" for one in steps), "7: it is final, and a leg is not")
    say(status != "failed" or done == 0, "7: it has failed, and a leg has landed")
    say(status != "completed" or done > 0, "7: it is completed, and nothing has landed")
    say(sweep or receipt["partial"] == (0 < done < len(steps)), "7: it is partial, or not")
def check_call(receipt, rpc, say, problems):
    call, legs, asked, terms = receipt["call"], receipt["legs"], receipt["asked"], receipt["call"]["terms"]
    own, caller = {one["address"] for one in terms["caller"]["wallets"]}, terms["caller"]["wallet"]
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    say(hashlib.sha256(text.encode()).hexdigest() == call["termsHash"], "14: the hash is not of these terms")
    same = (terms["callId"], terms["mint"], terms["platform"], asked["mode"]) == (receipt["operationId"], asked["token"], asked["platform"], "prefunded")
    say(same and not {"purpose", "recovered"} & set(receipt), "14: the terms are of another call")
    def read(signature):
        found = signature and rpc("getTransaction", signature, encoding="json", maxSupportedTransactionVersion=1)
        return found if found and found["meta"]["err"] is None else None
    first, prefix = read(call.get("announcement")), "cto:1:%s:call:" % receipt["operationId"]
    told = lambda found: [said for said, signers in memos_in(found) if said.startswith(prefix) and caller in signers]
    say(first and prefix + call["termsHash"] in told(first), "15: nothing publishes the terms")
    for one in [one["signature"] for one in history(rpc, caller, problems) if one["err"] is None and prefix in (one.get("memo") or "")]:
        found = read(one)
        say(found and set(told(found)) <= {prefix + call["termsHash"]}, "15: %s publishes other terms, or is not there" % one)
    landed, signed = [one for one in legs if one["status"] in LANDED], [one for one in legs if one.get("signed") is True]
    say(not any(first and int(one.get("slot", first["slot"])) < first["slot"] for one in landed), "15: a leg landed before the terms were published")
    say(all((one["address"] in own) == (one.get("caller") is True) for one in legs), "16: the caller's wallets are marked otherwise")
    total = lambda some: {"wallets": len(some), "lamports": str(sum(int(one["lamports"]) for one in some))}
    reaches = lambda some: len(some) >= terms["leastWallets"] and int(total(some)["lamports"]) >= int(terms["leastLamports"])
    least, most = (int(terms["perWallet"][name]) for name in ("leastLamports", "mostLamports"))
    say(all(least <= int(one["lamports"]) <= most for one in legs), "17: a leg is outside the bounds of a wallet")
    say(int(total(legs)["lamports"]) <= int(terms["mostLamports"]), "17: the legs are more than the most")
    cap = price_cap(rpc, receipt)
    say(all(int(one.get("tokens", 0)) * cap >= int(one["lamports"]) for one in landed), "17: a leg paid more than the cap")
    say((call["pledged"], call["signed"]) == (total(legs), total(signed)), "18: pledged or signed is counted otherwise")
    say(call["dropped"] == sum(one["status"] not in LANDED for one in signed), "18: those dropped are counted otherwise")
    say(reaches(signed) or not call["released"], "18: it was released below the least")
    say(call["leastLanded"] is reaches(landed), "18: whether the least landed is said otherwise")
    known = [one["funder"] for one in legs if "funder" in one]
    counts = {"distinct": len(set(known) - {"unknown"}), "unknown": known.count("unknown")}
    say(call.get("funders", counts) == counts and (len(known) == len(legs) or "funders" not in call), "18: the funders")
    sales, full = call["sales"], len(call["sales"]) == MOST_SALES
    say(len({one["signature"] for one in sales}) == len(sales), "19: a sale is listed twice")
    say(full or (len(sales) < MOST_SALES and "salesLeftOff" not in call), "19: %d sales are listed, and %d fit" % (len(sales), MOST_SALES))
    for one in sales[:MOST_SALES]:
        found = read(one["signature"])
        lost = {wallet: -received(found["meta"], wallet, asked["token"]) for wallet in own} if found else {}
        fits = found and str(found["slot"]) == one["slot"] and lost.get(one["wallet"], 0) > 0
        say(fits and int(one["tokens"]) == sum(lost.values()) > 0, "19: %s is not that sale" % one["signature"])
def check_steps(kind, steps, finds, fields, excused, say):
    verified = 0
    for one in steps:
        own, name = [find for find in finds if find["leg"] == one["leg"]], "%s %d " % (kind, one["leg"])
        say(len(own) <= 1, name + "has %d transactions" % len(own))
        if one["status"] not in LANDED:
            say(one["status"] in OPEN or not own, name + "is %s, but landed" % one["status"])
            continue
        say(own, name + "has landed, but the chain has no transaction of it")
        for field in fields if len(own) == 1 else ():
            fits = own[0]["mayBe"] if field == "lamports" else {own[0][field]}
            strangers = kind == "return" and field == "lamports" and own[0]["payer"] == own[0]["address"]
            say(one.get(field, own[0][field]) in fits or (strangers and int(one[field]) <= int(own[0][field])), name + "%s is %s in the receipt and %s on chain" % (field, one.get(field), own[0][field]))
        if kind == "leg" and len(own) == 1:
            got, least = int(own[0]["tokens"]), 0 if one["leg"] in excused else int(one.get("leastTokens", 0))
            say(got > 0 and got >= least, name + "got %d tokens, and its least is %d" % (got, least))
        verified += [(find["memo"], find["address"]) for find in own] == [(one["memo"], one["address"])]
    for leg in {find["leg"] for find in finds} - {one["leg"] for one in steps}: say(False, "%s %d is on chain, and not in the receipt" % (kind, leg))
    return verified
def verify(receipt, rpc):
    problems = []; say = lambda holds, problem: None if holds else problems.append(problem)
    check_alone(receipt, say)
    say(not (named := {receipt.get("genesisHash"), receipt.get("call", {}).get("terms", {}).get("cluster")} - {None}) or named == {rpc("getGenesisHash")}, "13: the endpoint is of another cluster")
    rpc = reader(rpc)
    finds, failed, funded, mentions = read_chain(rpc, receipt, problems)
    legs, returns, same = receipt["legs"], receipt.get("recovered", []), ("address", "memo", "signature", "slot", "lamports")
    back, bought = ([one for one in finds if (one["kind"] == "recover") is sought] for sought in (True, False))
    told = [one["leg"] for one in (receipt.get("incidents", []) if receipt["settled"] else legs)]
    verified = check_steps("leg", legs, bought, (*same, "payer", "tokens"), told, say)
    verified += check_steps("return", returns, back, same, told, say)
    said, paid = sum(int(receipt["costs"][name]) for name in ("networkLamports", "priorityLamports")), sum(one["fee"] for one in finds)
    if all(one["status"] not in OPEN for one in legs + returns):
        say(said == paid or (funded and said > paid), "12: the fees are %d and on chain %d" % (said, paid))
    if "decimals" in receipt:
        say(rpc("getTokenSupply", receipt["asked"]["token"])["value"]["decimals"] == receipt["decimals"], "13: the decimals are not the token's")
    if "call" in receipt: check_call(receipt, rpc, say, problems)
    counts = {"memosVerified": verified, "transactions": len(finds), "failedTransactions": failed}
    return {"ok": not problems, **counts, "problems": problems, "mentions": mentions}
def check_shape(receipt):
    asked, totals, costs, steps = receipt["asked"], receipt["totals"], receipt["costs"], receipt["legs"] + receipt.get("recovered", [])
    texts = [receipt["operationId"], receipt.get("genesisHash", ""), receipt["split"], receipt["status"], asked["token"], asked["mode"], *(one[name] for one in steps for name in ("address", "status", "memo"))]
    amounts = [asked["lamports"], totals["lamports"], costs["networkLamports"], costs["priorityLamports"], totals.get("tokens", "0"), *(one["lamports"] for one in steps)]
    amounts += [one[name] for one in steps for name in ("tokens", "leastTokens", "slot") if name in one]
    numbers = [receipt.get("decimals", 0), *(one["leg"] for one in steps)]
    if "call" in receipt:
        call, terms = receipt["call"], receipt["call"]["terms"]
        texts += [call["termsHash"], terms["cluster"], *(one["address"] for one in terms["caller"]["wallets"])] + [terms["maxPrice"] if PRICE.fullmatch(terms["maxPrice"]) else None]
        amounts += [one["lamports"] for one in (call["pledged"], call["signed"])] + list(terms["perWallet"].values()) + [terms["leastLamports"], terms["mostLamports"]]
        amounts += [one[name] for one in call["sales"] for name in ("slot", "tokens")]
        numbers += [terms["leastWallets"], call["dropped"], call["pledged"]["wallets"], call["signed"]["wallets"]]
    fits = receipt["receipt"] == 1 and receipt.get("call", {}).get("salesLeftOff", True) is True and isinstance(receipt["settled"], bool) and isinstance(receipt["partial"], bool)
    fits = fits and all(isinstance(text, str) for text in texts + amounts) and all(map(AMOUNT.fullmatch, amounts))
    if not fits or any(type(number) is not int for number in numbers) or not 0 <= numbers[0] <= 255:
        raise NoVerdict("this is no receipt of format 1")
    return receipt
def read_receipt(source):
    if source.startswith(("http://", "https://")):
        with urllib.request.urlopen(source, timeout=TIMEOUT_S) as response: return json.loads(response.read(MAX_BYTES))
    with sys.stdin if source == "-" else open(source, encoding="utf-8") as file: return json.load(file)
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("receipt", help="a file, a URL, or - for the standard input")
    parser.add_argument("--rpc", required=True, help="the URL of a Solana RPC endpoint")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    options = parser.parse_args()
    try: verdict = verify(check_shape(read_receipt(options.receipt)), endpoint(options.rpc))
    except (NoVerdict, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(shown("no verdict: %s" % (error if isinstance(error, (NoVerdict, OSError)) else repr(error))), file=sys.stderr)
        return 2
    said = "The chain says %s:" % ("the same" if verdict["ok"] else "otherwise") + " %(memosVerified)d memos verified, %(transactions)d transactions, %(failedTransactions)d failed" % verdict
    beside = ["\nNoticed, and no contradiction:"] if verdict["mentions"] else []
    print(json.dumps(verdict) if options.json else "\n  - ".join([said, *map(shown, verdict["problems"])]) + "\n  - ".join([*beside, *map(shown, verdict["mentions"])]))
    return 0 if verdict["ok"] else 1
if __name__ == "__main__": sys.exit(main())
