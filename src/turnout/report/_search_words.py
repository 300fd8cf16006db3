"""What the page for searching says, in English and in French."""

# ruff: noqa: RUF001  French is written with typographic apostrophes

from dataclasses import dataclass

LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWords:
    """The page's words in one language."""

    code: str
    other: str
    other_code: str
    title: str
    skip: str
    label: str
    button: str
    hint: str
    hints: tuple[tuple[str, str], ...]
    tips: str
    start: str
    none: str
    none_remedy: str
    corrected: str
    loose: str
    found: str
    found_one: str
    shown: str
    pages: str
    previous: str
    following: str
    similar: str
    fetched: str
    broken: str
    failed: str
    footer: str
    thousands: str
    decimal: str

    def number(self, count: int) -> str:
        """Return a count as this language writes it."""
        return f"{count:,}".replace(",", self.thousands)

    def seconds(self, took_s: float) -> str:
        """Return a time, in milliseconds or seconds."""
        text = f"{took_s * 1e3:.1f} ms" if took_s < 1 else f"{took_s:.2f} s"
        return text.replace(".", self.decimal)


ENGLISH = SearchWords(
    code="en",
    other="Français",
    other_code="fr",
    title="Search",
    skip="Skip to the results",
    label="Search the crawled pages",
    button="Search",
    hint="Results appear while you type.",
    hints=(
        ("cats dogs", "both words, in any of their forms"),
        ('"cats and dogs"', "these words in a row"),
        ("cats OR dogs", "at least one of them"),
        ("cats -dogs", "the first without the second"),
        ("+cats", "this very form"),
        ("cat*", "words that begin so"),
        ("kats~", "words spelled nearly so"),
        ("title:cats", "in the title; also heading: text: url: anchor:"),
        ("site:example.org", "of one site"),
        ("lang:fr", "in one language"),
    ),
    tips="What a search may be",
    start="{count} pages can be searched.",
    none="No page suits “{asked}”.",
    none_remedy="Try fewer or other words, or another spelling.",
    corrected="Few pages have what was typed; took “{new}” for “{old}” as well.",
    loose="No page has all of the words; these have some.",
    found="{count} pages in {time}",
    found_one="1 page in {time}",
    shown="{first} to {last} of {count} pages in {time}",
    pages="Pages of results",
    previous="Previous",
    following="Next",
    similar="and {count} like it",
    fetched="fetched {date}",
    broken="This search cannot be understood",
    failed="The search did not answer. Is turnout still running?",
    footer="This page asks nothing of any network but of the program on your machine.",
    thousands=",",
    decimal=".",
)
FRENCH = SearchWords(
    code="fr",
    other="English",
    other_code="en",
    title="Recherche",
    skip="Aller aux résultats",
    label="Chercher dans les pages visitées",
    button="Chercher",
    hint="Les résultats apparaissent pendant la saisie.",
    hints=(
        ("chats chiens", "les deux mots, sous toutes leurs formes"),
        ('"chats et chiens"', "ces mots à la suite"),
        ("chats OR chiens", "au moins l’un d’eux"),
        ("chats -chiens", "le premier sans le second"),
        ("+chats", "cette forme exacte"),
        ("chat*", "les mots qui commencent ainsi"),
        ("cahts~", "les mots d’orthographe voisine"),
        ("title:chats", "dans le titre ; aussi heading: text: url: anchor:"),
        ("site:example.org", "d’un seul site"),
        ("lang:fr", "dans une langue"),
    ),
    tips="Ce qu’une recherche peut contenir",
    start="{count} pages peuvent être cherchées.",
    none="Aucune page ne convient à « {asked} ».",
    none_remedy="Essayez moins de mots, d’autres mots ou une autre orthographe.",
    corrected="Peu de pages contiennent ce qui a été saisi ; « {new} » a aussi été pris pour « {old} ».",
    loose="Aucune page ne contient tous les mots ; celles-ci en contiennent une partie.",
    found="{count} pages en {time}",
    found_one="1 page en {time}",
    shown="{first} à {last} sur {count} pages en {time}",
    pages="Pages de résultats",
    previous="Précédente",
    following="Suivante",
    similar="et {count} semblable(s)",
    fetched="visitée le {date}",
    broken="Cette recherche n’est pas comprise",
    failed="La recherche ne répond pas. turnout est-il encore lancé ?",
    footer="Cette page ne demande rien à aucun réseau, seulement au programme sur votre machine.",
    thousands="\u202f",
    decimal=",",
)
WORDS = {words.code: words for words in (ENGLISH, FRENCH)}
