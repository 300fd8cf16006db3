"""What the window and the page say, in English and in French."""

# ruff: noqa: RUF001  French is written with typographic apostrophes and spaces

from dataclasses import dataclass

from turnout.jobs.turtle._colours import COLOURS
from turnout.jobs.turtle._commands import NEXT, Command, Verb
from turnout.jobs.turtle._drawing import Turtle

_NS_PER_MS = 1e6
_PRECISE_MS = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All words of one language; `verbs` has a place for the amount where there is one."""

    code: str
    other: str
    other_code: str
    decimal: str
    thousands: str
    verbs: dict[Verb, str]
    colours: dict[str, str]
    place: str
    pen_down: str
    pen_up: str
    event: str
    waited: str
    handler: str
    lag: str
    worst: str
    depth: str
    offloaded: str
    counting: str
    counted: str
    blocked: str
    blocked_at: str
    intro: str
    skip: str
    drawing: str
    hint: str
    keys: str
    strip: str
    strip_hint: str
    round_trip: str
    waiting: str
    connected: str
    lost: str
    save: str
    footer: str
    scripts: str

    def command(self, command: Command) -> str:
        """Return what a key does, for its button."""
        if command.verb is Verb.COLOUR:
            named = self.colours["next"] if command.colour == NEXT else self.colour(command.colour)
            return self.verbs[command.verb].format(amount=named)
        return self.verbs[command.verb].format(amount=self.number(command.amount))

    def colour(self, colour: str) -> str:
        """Return a colour's name, if it has one."""
        names = [name for name, value in COLOURS.items() if value == colour and name in self.colours]
        return self.colours[names[0]] if names else colour

    def whereabouts(self, turtle: Turtle) -> str:
        """Return where the turtle is, for who cannot see it."""
        return self.place.format(
            x=self.number(turtle.x),
            y=self.number(turtle.y),
            heading=self.number(turtle.heading),
            pen=self.pen_down if turtle.is_down else self.pen_up,
            colour=self.colour(turtle.colour),
        )

    def number(self, number: float) -> str:
        """Return a number with at most one decimal, as this language writes it."""
        text = f"{round(number, 1) + 0.0:,.1f}".removesuffix(".0")
        return text.translate({ord(","): self.thousands, ord("."): self.decimal})

    def milliseconds(self, took_ns: int) -> str:
        """Return a duration in milliseconds, to the microsecond where that tells something."""
        took_ms = took_ns / _NS_PER_MS
        text = f"{took_ms:.2f}" if took_ms < _PRECISE_MS else f"{took_ms:,.0f}"
        return text.translate({ord(","): self.thousands, ord("."): self.decimal}) + " ms"


ENGLISH = Words(
    code="en",
    other="Français",
    other_code="fr",
    decimal=".",
    thousands=",",
    verbs={
        Verb.FORWARD: "forward {amount}",
        Verb.BACK: "back {amount}",
        Verb.LEFT: "left {amount}°",
        Verb.RIGHT: "right {amount}°",
        Verb.PEN: "pen up or down",
        Verb.PEN_UP: "pen up",
        Verb.PEN_DOWN: "pen down",
        Verb.COLOUR: "colour: {amount}",
        Verb.WIDTH: "pen {amount} wide",
        Verb.HOME: "home",
        Verb.CLEAR: "clear",
        Verb.UNDO: "undo",
        Verb.COUNT: "primes below {amount}",
    },
    colours={name: name for name in COLOURS if name != "grey"} | {"next": "next"},
    place="x {x}, y {y}, heading {heading}°, {pen}, {colour}",
    pen_down="pen down",
    pen_up="pen up",
    event="event",
    waited="waited",
    handler="handler",
    lag="loop lag",
    worst="worst",
    depth="depth",
    offloaded="off the loop",
    counting="counting primes below {limit} …",
    counted="{count} primes below {limit}, in {took}",
    blocked="the loop was blocked for {took}",
    blocked_at="blocked for {took} at {place}",
    intro="Each key is an event; a Python function handles it, and the drawing comes back.",
    skip="Skip to the drawing",
    drawing="Drawing; move the turtle with the keys below",
    hint="The keys work while the drawing has the focus: click it, or reach it with Tab.",
    keys="Keys",
    strip="Events",
    strip_hint=(
        "How long an event waited in the queue, how long its handler took, and how late the event loop was. "
        "While a handler runs, nothing else does."
    ),
    round_trip="key to drawing",
    waiting="waiting for Python …",
    connected="connected",
    lost="The connection is lost; trying again.",
    save="Save as",
    footer="Runs on this machine only.",
    scripts="This page needs its script: it sends the keys to Python.",
)

FRENCH = Words(
    code="fr",
    other="English",
    other_code="en",
    decimal=",",
    thousands="\N{NARROW NO-BREAK SPACE}",
    verbs={
        Verb.FORWARD: "avancer de {amount}",
        Verb.BACK: "reculer de {amount}",
        Verb.LEFT: "gauche {amount}°",
        Verb.RIGHT: "droite {amount}°",
        Verb.PEN: "lever ou poser le stylo",
        Verb.PEN_UP: "lever le stylo",
        Verb.PEN_DOWN: "poser le stylo",
        Verb.COLOUR: "couleur : {amount}",
        Verb.WIDTH: "trait de {amount}",
        Verb.HOME: "retour au départ",
        Verb.CLEAR: "effacer",
        Verb.UNDO: "annuler",
        Verb.COUNT: "premiers sous {amount}",
    },
    colours={
        "black": "noir",
        "blue": "bleu",
        "brown": "brun",
        "gray": "gris",
        "green": "vert",
        "navy": "marine",
        "orange": "orange",
        "pink": "rose",
        "purple": "violet",
        "red": "rouge",
        "white": "blanc",
        "yellow": "jaune",
        "next": "suivante",
    },
    place="x {x}, y {y}, cap {heading}°, {pen}, {colour}",
    pen_down="stylo posé",
    pen_up="stylo levé",
    event="événement",
    waited="attente",
    handler="gestionnaire",
    lag="retard de la boucle",
    worst="au pire",
    depth="profondeur",
    offloaded="hors de la boucle",
    counting="décompte des nombres premiers sous {limit} …",
    counted="{count} nombres premiers sous {limit}, en {took}",
    blocked="la boucle a été bloquée {took}",
    blocked_at="bloquée {took} à {place}",
    intro="Chaque touche est un événement ; une fonction Python le traite, et le dessin revient.",
    skip="Aller au dessin",
    drawing="Dessin ; les touches ci-dessous déplacent la tortue",
    hint="Les touches agissent quand le dessin a le focus : cliquez dessus, ou allez-y avec Tab.",
    keys="Touches",
    strip="Événements",
    strip_hint=(
        "Combien de temps un événement a attendu, combien son gestionnaire a duré, et le retard de la boucle "
        "d’événements. Pendant qu’un gestionnaire travaille, rien d’autre n’avance."
    ),
    round_trip="de la touche au dessin",
    waiting="en attente de Python …",
    connected="connecté",
    lost="La connexion est perdue ; nouvel essai.",
    save="Enregistrer en",
    footer="Ne tourne que sur cette machine.",
    scripts="Cette page a besoin de son script : il envoie les touches à Python.",
)

_SIGNS = {"Up": "↑", "Down": "↓", "Left": "←", "Right": "→", "Return": "⏎"}


def shown_key(key: str) -> str:
    """Return a key's name as keyboards and menus have it, in any language."""
    return _SIGNS.get(key, key.replace("Control-", "Ctrl+"))


WORDS = {words.code: words for words in (ENGLISH, FRENCH)}
