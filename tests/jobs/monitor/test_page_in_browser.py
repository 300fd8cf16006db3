"""The monitor's page in a real browser."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from browser_visits import IN_BROWSER, note_faults
from monitor_histories import SECOND
from monitor_pages import Hall
from turnout.clock import epoch_s
from turnout.jobs.monitor._types import Severity
from turnout.web import Login, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("starlette", reason="Starlette is not installed")
pytestmark = IN_BROWSER
HOSTILE = "<img src=x onerror=alert(1)>"


class Served:
    """A hall whose page is served by a loop in another thread, and which only does what a test asks for."""

    def __init__(self, hall: Hall, login: Login | None = None) -> None:
        self.hall, self.login = hall, login
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self._ends: asyncio.Event
        self._gone: Future[None]
        self.server = self.begin(0)

    def begin(self, port: int) -> Server:
        up: Future[Server] = Future()

        async def serve() -> None:
            self._ends = asyncio.Event()
            async with serving(self.hall.app(every_s=0.02), port=port, login=self.login) as server:
                up.set_result(server)
                await self._ends.wait()

        self._gone = asyncio.run_coroutine_threadsafe(serve(), self.loop)
        return up.result(10)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self._ends.set)
        self._gone.result(10)

    def do(self, work: Callable[[], None]) -> None:
        """Do something where the monitor would do it."""

        async def done() -> None:
            work()

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(10)

    def close(self) -> None:
        self.end()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("history")
    now_ns = int(epoch_s() * 1e9)
    hall = Hall(folder=folder, now_ns=now_ns - 60 * SECOND, kinds=("inlet", "outlet"))
    for _ in range(60):
        hall.second()
    hall.raise_alarm("a1", 2)
    hall.raise_alarm("a2", 4, Severity.WARNING)
    made = Served(hall)
    yield made
    made.close()


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def visit(browser: "Browser", served: Served, faults: list[str]) -> Iterator["Page"]:
    opened = browser.new_page(viewport={"width": 1300, "height": 900}, locale="en")
    note_faults(opened, faults, None)
    opened.goto(served.server.url)
    opened.wait_for_selector("#connection.live")
    opened.locator("#zones-table td", has_text="°C").first.wait_for()
    yield opened
    opened.close()


def test_the_map_is_read_with_the_keyboard_and_follows(visit: "Page", served: Served, faults: list[str]) -> None:
    floor = visit.get_by_label("Map of hall-1, 20 racks")
    floor.focus()
    first = visit.locator("#said").inner_text()
    visit.keyboard.press("ArrowRight")
    visit.keyboard.press("ArrowRight")
    moved = visit.locator("#said").inner_text()
    visit.keyboard.press("Enter")
    served.do(lambda: served.hall.warm.__setitem__(slice(None), 33.5))
    served.do(served.hall.second)
    visit.locator("#cell", has_text=": 33.").wait_for()

    assert first.startswith("r01, zone z1: ")
    assert moved.startswith("r03, zone z1: ")
    assert visit.locator("#said").inner_text() == moved
    assert visit.locator("#course-title").inner_text() == "Course z1"
    assert (
        visit.locator("#zones-table tbody tr").nth(1).locator("td").nth(4).inner_text().endswith("(full: no readings)")
    )
    assert faults == []


def test_an_alarm_is_announced_acknowledged_and_silenced(visit: "Page", served: Served, faults: list[str]) -> None:
    served.do(lambda: served.hall.raise_alarm(HOSTILE, 6))
    visit.wait_for_selector("#alarms-table tbody tr:nth-child(3)")
    called = visit.locator("#called").inner_text()
    visit.get_by_label("Acknowledge hot of r04/inlet").click()
    visit.wait_for_selector("text=acknowledged")
    visit.get_by_label("Silence hot of r04/inlet").click()
    visit.get_by_label("all alarms of zone z1").check()
    visit.get_by_label("Why").fill(HOSTILE)
    visit.get_by_role("button", name="Silence", exact=True).click()
    visit.wait_for_selector("#silences li")
    quiet = visit.locator("#silences li").inner_text()
    visit.get_by_label("End the silence of z1").click()
    visit.wait_for_selector("#silences", state="hidden")

    assert called == "New alarm: critical, hot, r04/inlet"
    assert HOSTILE in quiet
    assert served.hall.acts[-2]["what"] == {"zone": "z1"}
    assert visit.get_by_label("Acknowledge hot of r04/inlet").is_disabled()
    assert visit.locator("main img").count() == 0
    assert faults == []


def test_one_goes_back_in_time_and_returns(visit: "Page", served: Served, faults: list[str]) -> None:
    visit.get_by_label("Measured").select_option("outlet")
    visit.locator("#travel-range").select_option("900")
    visit.get_by_label("Back", exact=True).click()
    visit.get_by_label("Back", exact=True).click()
    visit.wait_for_selector("#connection.past")
    buttons, moment = visit.locator("#alarms-table button").count(), visit.locator("#travel-moment").inner_text()
    greatest = visit.locator("#zones-table tbody tr").first.locator("td").nth(3).inner_text()
    served.hall.unanswered = (f"host:{HOSTILE}",)
    visit.get_by_label("Back", exact=True).click()
    visit.get_by_text(f"No answer from host:{HOSTILE}: what was there then is not known.").wait_for()
    unknown = visit.locator("#zones-table tbody tr").last.locator("td").last.inner_text()
    calm = visit.locator("#no-alarms").inner_text()
    served.hall.unanswered = ()
    visit.get_by_role("button", name="Live").click()
    visit.wait_for_selector("#connection.live")

    assert (unknown, calm) == ("–", "No alarm is known of.")  # noqa: RUF001  as the page writes it
    assert buttons == 0
    assert moment
    assert greatest.endswith("°C")
    assert visit.locator("#alarms-table button").count() >= 4
    assert faults == []


def test_a_lost_connection_is_told_and_found_again(visit: "Page", served: Served) -> None:
    port = served.server.port
    served.end()
    visit.wait_for_selector("#connection.lost")
    told = visit.get_by_text("Connection lost; trying again").is_visible()
    dimmed = visit.locator("#rooms.stale").count()
    served.server = served.begin(port)

    visit.wait_for_selector("#connection.live")

    assert told
    assert dimmed == 1
    assert visit.locator("#rooms.stale").count() == 0


def test_the_page_fits_a_phone_and_can_be_read(browser: "Browser", served: Served) -> None:
    opened = browser.new_page(viewport={"width": 375, "height": 700}, color_scheme="light", locale="fr")
    opened.goto(served.server.url)
    opened.wait_for_selector("#connection.live")
    opened.wait_for_selector("#alarms-table tbody tr")
    inks = []
    for scheme in ("light", "dark"):
        opened.emulate_media(color_scheme=scheme)
        inks.append(str(opened.evaluate("getComputedStyle(document.body).color")))

    assert opened.evaluate("document.documentElement.scrollWidth") == 375
    assert opened.locator("html").get_attribute("lang") == "fr"
    assert opened.get_by_label("Plan de hall-2, 20 baies").is_visible()
    assert [sum(map(int, ink[4:-1].split(","))) > 380 for ink in inks] == [False, True]
    opened.close()


def test_who_has_the_password_sees_and_does_all_and_nobody_else_anything(browser: "Browser") -> None:
    hall = Hall(now_ns=int(epoch_s() * 1e9))
    hall.second()
    hall.raise_alarm("a1", 2)
    known = {"username": "ada", "password": "s3cret"}
    guests, strangers = browser.new_context(locale="en", http_credentials=known), browser.new_context()  # type: ignore[arg-type]  # a TypedDict
    with closing(Served(hall, Login(user="ada", password="s3cret"))) as made, closing(guests), closing(strangers):  # noqa: S106  of nothing
        guest = guests.new_page()

        refused = strangers.request.get(made.server.url)
        guest.goto(made.server.url)
        guest.wait_for_selector("#connection.live")
        guest.get_by_label("Acknowledge hot of r03/inlet").click()
        guest.wait_for_selector("text=acknowledged")

        assert refused.status == 401
        assert [act["act"] for act in hall.acts] == ["acknowledge"]
