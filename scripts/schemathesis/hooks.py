"""Tells Schemathesis what no pattern can say: which text is the base58 of 32 or of 64 bytes."""
import schemathesis
from hypothesis import strategies as st

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


schemathesis.openapi.format("solana-address", st.binary(min_size=32, max_size=32).map(base58))
schemathesis.openapi.format("solana-signature", st.binary(min_size=64, max_size=64).map(base58))
schemathesis.openapi.format("ip-or-network", st.ip_addresses().map(str))
