"""Pages for this machine: an application over HTTP and WebSocket, on the loopback device unless asked."""

from turnout.web._files import ICON as ICON
from turnout.web._files import packaged as packaged
from turnout.web._guard import HEADERS as HEADERS
from turnout.web._guard import LOOPBACK_NAMES as LOOPBACK_NAMES
from turnout.web._guard import guarded as guarded
from turnout.web._guard import is_known_host as is_known_host
from turnout.web._language import preferred_language as preferred_language
from turnout.web._login import Login as Login
from turnout.web._serving import Server as Server
from turnout.web._serving import serve as serve
from turnout.web._serving import serving as serving
from turnout.web._starlette import site as site
from turnout.web._types import Answer as Answer
from turnout.web._types import App as App
from turnout.web._types import Asked as Asked
from turnout.web._types import Handler as Handler
from turnout.web._types import Socket as Socket
from turnout.web._types import SocketClosedError as SocketClosedError
from turnout.web._types import Talk as Talk
