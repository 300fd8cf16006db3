"""How bytes arrive: HTTP exchanges, many at once, in an event loop."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.transfer._authorities import find_authorities as find_authorities
    from turnout.transfer._engine import Engine as Engine
    from turnout.transfer._headers import Head as Head
    from turnout.transfer._headers import Headers as Headers
    from turnout.transfer._pycurl import require_pycurl as require_pycurl
    from turnout.transfer._sendable import can_be_sent as can_be_sent
    from turnout.transfer._shared import shared_engine as shared_engine
    from turnout.transfer._types import DEFAULT as DEFAULT
    from turnout.transfer._types import DETACH as DETACH
    from turnout.transfer._types import Manner as Manner
    from turnout.transfer._types import Receive as Receive
    from turnout.transfer._types import Request as Request
    from turnout.transfer._types import Response as Response
    from turnout.transfer._types import Setup as Setup
    from turnout.transfer._types import Take as Take

__getattr__, __dir__ = lazy(
    __name__,
    {
        "find_authorities": "._authorities",
        "Engine": "._engine",
        "Head": "._headers",
        "Headers": "._headers",
        "require_pycurl": "._pycurl",
        "can_be_sent": "._sendable",
        "shared_engine": "._shared",
        "DEFAULT": "._types",
        "DETACH": "._types",
        "Manner": "._types",
        "Receive": "._types",
        "Request": "._types",
        "Response": "._types",
        "Setup": "._types",
        "Take": "._types",
    },
)
