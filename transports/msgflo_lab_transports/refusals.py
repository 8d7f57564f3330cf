"""Why a connection did not come about, in words that say what to do. Pure."""

from __future__ import annotations

import socket
import ssl


def silent(protocol: str, *, encrypted: bool, certified: bool) -> str:
    """For a peer that hangs up without a word.

    Args:
        certified: We have shown a certificate of ours.
    """
    # A broker that misses our certificate says so only after the handshake, if it gets to it.
    if encrypted and not certified:
        return (
            "TLS: it closed the connection without a word; perhaps it does not speak TLS, wants a "
            f"certificate of ours (option `certfile`), or is no {protocol} broker"
        )
    return f"it closed the connection without a word; is that an {protocol} broker?"


def why(error: OSError, host: str, port: int, without_a_word: str) -> str:
    """For an error of the socket's or of TLS. `without_a_word`: see `silent`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"TLS: the broker's certificate is not trusted ({error.verify_message}); "
            "option `ca_certs` names a file of authorities to trust"
        )
    if isinstance(error, ssl.SSLError):
        text = (error.reason or str(error)).replace("_", " ").lower()
        hint = "; does that port speak TLS?" if "wrong version" in text else ""
        return f"TLS: {text}{hint}"
    if isinstance(error, socket.gaierror):
        return f"host `{host}` is unknown"
    # asyncio lists every address it tried in one text.
    refused = "Connect call failed" in str(error) and "111" in str(error)
    if refused or isinstance(error, ConnectionRefusedError):
        return f"nobody listens on {host}:{port}"
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return without_a_word
    return (error.strerror or str(error)).splitlines()[0]
