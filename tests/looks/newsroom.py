"""The mails that are looked at: an instance with feeds of its own, and what depesche makes of it."""

import json
import os
import pathlib
import subprocess
from xml.sax.saxutils import escape

TEMPLATES = ("plain", "news", "magazine")
LANGUAGES = ("de", "en")

# Title, teaser, category, picture ("wide", "photo" or none), author.
ARTICLES = {
    "de": ("Hafenblatt", [
        ("Die Fähre fährt jetzt elektrisch", "Seit Montag pendelt die „Marie“ ohne Diesel zwischen "
         "beiden Ufern. Die Fahrgäste loben die Stille, der Kapitän die Beschleunigung.", "Stadt",
         "wide", "Jördis Brömmelkamp"),
        ("Stadtrat streitet über künstliche Intelligenz im Bürgeramt", "Ein Sprachassistent soll "
         "Anträge vorsortieren. Die Verwaltung verspricht kürzere Wartezeiten, die Opposition fragt "
         "nach dem Datenschutz.", "KI", "photo", "Konrad Weiß"),
        ("Sprachmodell auf dem Kleinrechner: was mit 8 GB wirklich geht", "Wir haben vier offene "
         "Modelle auf einem Rechner für 90 Euro laufen lassen. Zwei davon sind brauchbar, eines ist "
         "erstaunlich.", "KI", "photo", "Malte Grünwald"),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft "
         "feiert 150 Jahre", "Der Verein mit dem längsten Namen der Stadt lädt zum Tag der offenen "
         "Tür.", "Stadt", "", ""),
        ("Windpark vor der Küste liefert ersten Strom", "Zwölf von vierzig Anlagen speisen ein. Bis "
         "zum Sommer soll der Park 380.000 Haushalte versorgen.", "Energie", "photo",
         "Siobhán O’Malley"),
        ("Wärmepumpen: warum die Warteliste plötzlich kürzer wird", "Handwerksbetriebe melden wieder "
         "freie Termine. Das liegt nicht nur am milden Herbst.", "Energie", "photo", ""),
        ("Bibliothek leiht Werkzeug aus", "Bohrmaschine, Nähmaschine, Nistkasten-Bausatz: Wer einen "
         "Ausweis hat, bekommt sie für zwei Wochen.", "Stadt", "", "Nele Osterkamp"),
        ("Kommentar: Lob der Pause", "", "Stadt", "", "Hinnerk Dahl"),
        ("Solardach für die Markthalle beschlossen", "Ab März wird gebaut; der Wochenmarkt zieht für "
         "acht Wochen auf den Kirchplatz um.", "Energie", "photo", ""),
        ("Neue Linie 7 fährt alle zehn Minuten", "Sie verbindet die Werft mit der Universität. Die "
         "Tickets bleiben so teuer, wie sie sind.", "Stadt", "photo", "Konrad Weiß"),
    ]),
    "en": ("The Harbour Post", [
        ("Offshore wind farm delivers its first power", "Twelve of forty turbines are feeding the "
         "grid. By summer the farm should supply the equivalent of 380,000 homes.", "Energy", "wide",
         "Siobhán O’Malley"),
        ("City tests an AI assistant at the citizens’ office", "Shorter queues, says the council; "
         "show us the data protection study, says the opposition.", "AI", "photo", "Kay Whitfield"),
        ("A language model on a computer the size of a bar of soap", "We ran four open models on a "
         "machine that costs 90 pounds. Two of them are useful, one is a surprise.", "AI", "photo",
         "Morgan Greenwood"),
        ("The library now lends tools", "A drill, a sewing machine, a kit for a nesting box: all you "
         "need is a card.", "City", "", "Nell Easton"),
        ("https://status.harbour-post.example.org/incidents/2026/november/the-longest-address-of-all",
         "", "City", "", ""),
        ("Opinion: in praise of the lunch break", "Nobody ever had a good idea while chewing over a "
         "keyboard.", "City", "photo", "Henry Dale"),
        ("Heat pumps: why the waiting list is suddenly shorter", "Installers have free dates again, "
         "and it is not only the mild autumn.", "Energy", "photo", ""),
        ("New number 7 bus runs every ten minutes", "It links the shipyard and the university. "
         "Fares stay as they are.", "City", "photo", "Kay Whitfield"),
        ("Market hall gets a solar roof", "Work begins in March; the market moves to Church Square "
         "for eight weeks.", "Energy", "", ""),
    ]),
}

TITLES = {"de": "Hafenblatt am Morgen", "en": "The Harbour Post Daily"}
TOPICS = {"de": (("ki", "Künstliche Intelligenz", "KI"), ("energie", "Energie", "Energie")),
          "en": (("ai", "Artificial intelligence", "AI"), ("energy", "Energy", "Energy"))}
SPONSORS = {"de": ("Werkzeug, das hält", "Die Seilerei am Alten Pegel sucht außerdem zum Frühjahr "
                   "eine Auszubildende (m/w/d)."),
            "en": ("Rope that lasts", "The ropery at the Old Gauge is also looking for an apprentice "
                   "from spring.")}
READERS = 'subscribers = ( { address = "anna@example.org"; name = "Anna Petersen"; } );'
LETTER = """Liebe Leserinnen und Leser,

ab heute sieht diese Mail **anders** aus. Was bleibt:

- keine Bilder, die jemand zählt,
- keine Umwege in den [Verweisen](https://hafenblatt.example.org/verweise).

## Wie Sie uns erreichen

> Schreiben Sie uns, was Ihnen fehlt.

Antworten Sie einfach auf diese Mail.
"""
ADDRESS = "Hafenblatt Verlag, Am Alten Pegel 3, 28195 Beispielhafen"


def feed(language):
    title, articles = ARTICLES[language]
    items = []
    for number, (headline, teaser, category, picture, author) in enumerate(articles):
        image = f'<enclosure url="https://hafenblatt.example.org/{picture}-{language}{number}.png" ' \
                f'type="image/png" length="1"/>' if picture else ""
        creator = f"<dc:creator>{escape(author)}</dc:creator>" if author else ""
        items.append(f"""<item><title>{escape(headline)}</title><description>{escape(teaser)}</description>
<link>https://hafenblatt.example.org/{language}/{number}</link><category>{category}</category>{image}
{creator}<pubDate>Mon, 23 Nov 2026 {17 - number:02}:00:00 +0100</pubDate></item>""")
    return f"""<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>{title}</title><link>https://hafenblatt.example.org/</link><language>{language}</language>
{"".join(items)}</channel></rss>"""


def newsletter(template, language, more=""):
    topics = ",\n".join(f'{{ name = "{name}"; title = "{title}"; filter = "category:{category}"; }}'
                        for name, title, category in TOPICS[language])
    sponsor, text = SPONSORS[language]
    return f"""{{ name = "{template}-{language}"; title = "{TITLES[language]}"; template = "{template}";
  from = "Hafenblatt <redaktion@hafenblatt.example.org>"; language = "{language}";
  zone = "Europe/Berlin"; feeds = [ "{language}" ]; max_age_days = 3650; welcome_articles = 30;
  stories = false; subscribers = "readers.conf"; topics = ( {topics} ); {more}
  sponsors = ( {{ title = "{sponsor}"; text = "{text}"; url = "https://seil.example.org"; }} ); }}"""


def configuration(newsletters):
    feeds = ", ".join(f'{{ name = "{language}"; url = "file:{language}.xml"; allow_file = true; }}'
                      for language in LANGUAGES)
    return f"""imprint = "https://hafenblatt.example.org/impressum"; postal_address = "{ADDRESS}";
inbound = {{ unsubscribe = "unsubscribe@hafenblatt.example.org"; }};
relays = ( {{ url = "null:"; }} );
fetch = {{ new_articles = 100; }};
feeds = ( {feeds} );
newsletters = ( {", ".join(newsletters)} );
"""


class Newsroom:
    """In FOLDER, which is made its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        source = pathlib.Path(os.environ["DEPESCHE_SOURCE"])
        (self.folder / "templates").symlink_to(source / "templates")
        for language in LANGUAGES:
            (self.folder / f"{language}.xml").write_text(feed(language))
        (self.folder / "readers.conf").write_text(READERS)
        self.write(newsletter(template, language)
                   for template in TEMPLATES for language in LANGUAGES)
        self.depesche("init", "--yes", ".")
        self.depesche("fetch")

    def write(self, newsletters):
        (self.folder / "depesche.conf").write_text(configuration(newsletters))

    def depesche(self, *words):
        done = subprocess.run([os.environ["DEPESCHE"], *words], cwd=self.folder, text=True,
                              capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mail(self, template, language, form="html"):
        return self.depesche("issue", "preview", "--as", "anna@example.org", "--newsletter",
                             f"{template}-{language}", "--format", form)

    def letter(self, template, form="html"):
        """A letter by hand in German, as its reader gets it."""
        (self.folder / "letter.md").write_text(LETTER)
        self.depesche("post", "letter.md", "--newsletter", f"{template}-de", "--subject",
                      "In eigener Sache: ein neues Kleid", "--yes")
        issues = json.loads(self.depesche("issue", "list", "--newsletter", f"{template}-de", "--json"))
        number = max(issue["id"] for issue in issues)
        return self.depesche("issue", "preview", str(number), "--as", "anna@example.org", "--format",
                             form)
