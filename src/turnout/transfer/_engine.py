"""HTTP exchanges over libcurl, in an event loop."""

import asyncio
import os
from math import inf
from typing import Self

from turnout.errors import ExchangeError
from turnout.transfer._exchange import Exchange
from turnout.transfer._pace import Pace
from turnout.transfer._pycurl import pycurl
from turnout.transfer._sockets import sockets
from turnout.transfer._turns import Turns
from turnout.transfer._types import DEFAULT, Manner, Receive, Request, Response, Setup

_LOOKS_PER_STALL = 8  # so that one is noticed at most an eighth late


class Engine:
    """Makes HTTP exchanges, as many at once as there are tasks that ask for one.

    It belongs to the event loop in which it is made, and must be used and closed there. Connections, names looked up
    and TLS sessions are kept for later exchanges. It works in the loop's thread, about 0.1 ms for a response of 20 kB.

    Its sockets are watched by themselves, and the loop watches them as one: libcurl asks for a change of what is
    watched twice in each exchange, and the loop takes ten times as long for that.

    Args:
        setup: What all exchanges have in common.
    """

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets()
        self._active: dict[object, Exchange] = {}  # by handle
        self._turns = Turns(self.setup.connections, self.setup.host_connections)
        self._idle: list[Exchange] = []
        self._detaching: list[Exchange] = []
        self._detached: dict[int, Exchange] = {}  # by socket
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_ms: float = inf  # the time for which it was set
        self._is_kicked = False
        self._is_collecting = False
        self._is_kicked_meanwhile = False
        self._watchman: asyncio.TimerHandle | None = None
        self._guards_s = inf  # the shortest stall that the watchman looks for
        self._pace = None if self.setup.rate is None else Pace(self.setup.rate, self._loop, self._kick)
        self._cookies = self._cookie_jar()
        self._multi = pycurl.CurlMulti()
        for option, value in (
            (pycurl.M_SOCKETFUNCTION, self._watch),
            (pycurl.M_TIMERFUNCTION, self._set_timer),
            (pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX),
            (pycurl.M_MAX_TOTAL_CONNECTIONS, self.setup.connections),
            (pycurl.M_MAX_HOST_CONNECTIONS, self.setup.host_connections),
            (pycurl.M_MAX_CONCURRENT_STREAMS, self.setup.streams),
            (pycurl.M_MAXCONNECTS, self.setup.connections),
        ):
            self._multi.setopt(option, value)
        self._loop.add_reader(self._sockets, self._on_ready)
        self.is_closed = False

    async def exchange(self, request: Request, receive: Receive | None = None, manner: Manner = DEFAULT) -> Response:
        """Ask a server, and return what it answered, whatever the status is.

        Args:
            request: What to ask.
            receive: Is given the head, and says what takes the body; without it, the body is refused. Both are called
                in the loop's thread, and must not ask the engine for anything. What they raise is raised here.
            manner: How.

        Raises:
            ExchangeError: If there is no complete response. What `receive` got by then is a part of one.
        """
        exchange = self._idle.pop() if self._idle else Exchange(self.setup, self._pace, self._cookies, self._detaching)
        answer: asyncio.Future[Response] = self._loop.create_future()
        try:
            exchange.begin(request, receive, manner, answer)
        except (UnicodeError, pycurl.error) as error:
            raise ExchangeError(request.url, "url", f"this cannot be asked for ({error})") from None
        if exchange.may_share or self._turns.take(exchange):
            self._begin(exchange)
        try:
            response = await answer
        except BaseException:
            self._turns.leave(exchange)
            self._let_go(exchange)
            raise
        if response.detached is None:
            self._let_go(exchange)
        else:
            self._detached[response.detached] = exchange
        return response

    def give_back(self, response: Response) -> None:
        """Close a socket that was detached, and its connection.

        Until then the connection counts as open. What is left in it is not read.
        """
        if response.detached is not None:
            os.close(response.detached)
            self._let_go(self._detached.pop(response.detached))

    @property
    def active_count(self) -> int:
        """How many exchanges are under way."""
        return len(self._active) + len(self._turns)

    def close(self) -> None:
        """Close all connections; exchanges that are under way are cancelled."""
        if self.is_closed:
            return
        self.is_closed = True
        self._loop.remove_reader(self._sockets)
        for timer in (self._alarm, self._watchman):
            if timer is not None:
                timer.cancel()
        for exchange in self._turns.waiting():
            exchange.answer.cancel()
        for handle, exchange in self._active.items():
            self._multi.remove_handle(handle)
            exchange.answer.cancel()
        self._active.clear()
        for exchange in self._idle:
            exchange.handle.close()
        self._idle.clear()
        self._multi.close()
        self._sockets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, exchange: Exchange) -> None:
        self._active[exchange.handle] = exchange
        self._multi.add_handle(exchange.handle)
        stall_s = exchange.manner.stall_s
        if stall_s is not None and stall_s < self._guards_s:
            self._stand_guard(stall_s)

    def _end(self, exchange: Exchange) -> None:
        """End an exchange, and begin the one that has waited for its connection."""
        del self._active[exchange.handle]
        self._multi.remove_handle(exchange.handle)
        if not exchange.may_share and (following := self._turns.give(exchange)) is not None:
            self._begin(following)

    def _let_go(self, exchange: Exchange) -> None:
        if exchange.handle in self._active:  # its task was cancelled, or it was detached
            self._end(exchange)
            self._kick()
        exchange.end()
        if not self.is_closed:
            self._idle.append(exchange)

    def _cookie_jar(self) -> object:
        if not (self.setup.cookies or self.setup.cookie_file):
            return None
        jar = pycurl.CurlShare()
        jar.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_COOKIE)
        return jar

    def _watch(self, what: int, descriptor: int, *_: object) -> None:
        """Watch a socket as libcurl wants it."""
        self._sockets.watch(descriptor, what)

    def _on_ready(self) -> None:
        act = self._multi.socket_action
        for descriptor, what in self._sockets.ready():
            act(descriptor, what)
        self._collect()

    def _set_timer(self, milliseconds: int) -> None:
        """Have libcurl called after a while; for -1, it need not be."""
        if milliseconds == 0:
            self._kick()
        elif 0 < milliseconds < self._alarm_ms:  # an alarm set before for a shorter time rings early, and is set again
            self._set_alarm(milliseconds)

    def _set_alarm(self, milliseconds: int) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_ms = milliseconds
        self._alarm = self._loop.call_later(milliseconds / 1e3, self._ring)

    def _ring(self) -> None:
        self._alarm, self._alarm_ms = None, inf
        left_ms = self._multi.timeout()
        if left_ms > 0:
            self._set_alarm(left_ms)
        elif left_ms == 0:
            self._call()

    def _kick(self) -> None:
        """Have libcurl called; it must not be from here."""
        if self._is_collecting:
            self._is_kicked_meanwhile = True
        elif not (self._is_kicked or self.is_closed):
            self._is_kicked = True
            self._loop.call_soon(self._call)

    def _call(self) -> None:
        self._is_kicked = False
        if not self.is_closed:
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            self._collect()

    def _collect(self) -> None:
        """Answer for the exchanges that have ended, and send the requests of those that waited for them."""
        self._is_collecting = True
        self._finish_all()
        self._is_collecting = False
        if self._is_kicked_meanwhile:
            self._is_kicked_meanwhile = False
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            self._finish_all()
        while self._detaching:
            if not self._detaching.pop().detach():
                self._kick()

    def _finish_all(self) -> None:
        more = 1
        while more:
            more, ended, failed = self._multi.info_read()
            for handle in ended:
                self._finish(handle, 0, "")
            for handle, code, message in failed:
                self._finish(handle, code, message)

    def _finish(self, handle: object, code: int, message: str) -> None:
        exchange = self._active[handle]
        self._end(exchange)
        exchange.finish(code, message)

    def _stand_guard(self, stall_s: float) -> None:
        if self._watchman is not None:
            self._watchman.cancel()
        self._guards_s = stall_s
        self._watchman = self._loop.call_later(stall_s / _LOOKS_PER_STALL, self._look_for_stalls)

    def _look_for_stalls(self) -> None:
        self._watchman, self._guards_s = None, inf
        now = self._loop.time()
        shortest = None
        for exchange in list(self._active.values()):
            stall_s = exchange.manner.stall_s
            if stall_s is None:
                continue
            if exchange.has_stalled(now):
                self._end(exchange)
                exchange.fail_stalled()
                self._kick()
            elif shortest is None or stall_s < shortest:
                shortest = stall_s
        if shortest is not None:
            self._stand_guard(shortest)
