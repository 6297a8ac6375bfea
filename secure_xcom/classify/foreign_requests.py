"""``asks_abroad``: requests to write a secret in the languages that programmers write most after English.

``tu_clave_aqui`` says whose secret it is, and ``CAMBIAR_EN_PRODUCCION`` what is to be done. Accents are left away.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from secure_xcom.classify.name_words import VENDORS, words


def without_accents(text: str) -> str:
    """Return a text in Latin letters without accents. What is left of any other text is no ASCII."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def asks_abroad(said: tuple[str, ...]) -> bool:
    """Return whether small words, in Latin letters without accents, ask for a secret."""
    return (said[0] in _OWNERS and (_names_it(said) or _says_where(said))) or _orders(said)


def asks_in_chinese(text: str) -> bool:
    """Return whether a text says "please change to your MySQL password", "fill in your own key" and the like."""
    return _in_chinese().fullmatch(text) is not None


def _names_it(said: tuple[str, ...]) -> bool:
    """As in ``tu_clave_aqui`` and ``sua-senha``: whose it is, what of it, and perhaps where it goes."""
    named = said[:-1] if said[-1] in _PLACES else said
    return named[1:2] != () and named[1] in _NOUNS and all(word in _SAID or word.isdigit() for word in named[2:])


def _says_where(said: tuple[str, ...]) -> bool:
    """As in ``SEU-TOKEN-DO-PORTAL-AQUI``: whose, a name of a secret somewhere, and where it goes."""
    between = said[1:-1]
    unknown = sum(word not in _SAID and word not in VENDORS for word in between)
    return said[-1] in _PLACES and not (_NOUNS | _ENGLISH_NOUNS).isdisjoint(between) and unknown <= 1


def _orders(said: tuple[str, ...]) -> bool:
    """As in ``GENERA_UNA_CLAVE_SEGURA_AQUI``: an order, and nothing but words of which orders are made."""
    known = all(word in _SAID or word in _ORDERS or word in VENDORS or word.isdigit() for word in said[1:])
    is_order = said[0] in _ORDERS or (said[0] in _ORDERS_AND_WORDS and not _PLACES.isdisjoint(said))
    return is_order and len(said) > 1 and known


@cache
def _in_chinese() -> re.Pattern[str]:
    """Match texts that end with what is meant, and say nothing but whose it is and what it is for."""
    order = "(?:\u4fee\u6539|\u66ff\u6362|\u586b\u5199|\u8f93\u5165|\u66f4\u6362|\u6539)(?:\u4e3a|\u6210)?"
    owner = "(?:(?:\u4f60|\u60a8)(?:\u81ea\u5df1)?|\u81ea\u5df1)\u7684"
    noun = "(?:\u5bc6\u7801|\u5bc6\u94a5|\u79d8\u94a5|\u53e3\u4ee4|\u4ee4\u724c|(?i:password|token|secret|key))"
    kind = "(?:(?i:mysql|redis|jwt|api|db|admin|root|smtp|postgres|openai)|\u6570\u636e\u5e93|\u767b\u5f55){0,2}[ _-]?"
    return re.compile(rf"(?:\u8bf7)?(?:{order})?(?:{owner})?{kind}{noun}")


_OWNERS: Final = words("tu su sua seu votre deine dein ihr ihre uw il tuo tua vostra")
_NOUNS: Final = words(
    """
    contrasena clave senha chave segredo secreto passe cle passwort kennwort schluessel geheimnis wachtwoord sleutel
    chiave parola
    """
)
_ENGLISH_NOUNS: Final = words("password passwd secret token key keys apikey credentials")
_KINDS: Final = words("secreta secreto privada api aleatoria")
_PLACES: Final = words("aqui ici hier qui")

_ORDERS: Final = words(
    """
    cambia cambiar cambie cambiame cambialo cambiala genera generar genere gere gerar troque trocar altere alterar mude
    mudar reemplaza reemplazar substitua insira coloque ponga pon introduce introduzca changez remplacez mettez generez
    aendern ersetzen einsetzen eintragen wijzig vervang sostituisci inserisci mettere
    """
)
"""Change, generate, replace, put."""

_ORDERS_AND_WORDS: Final = words("fuge fuege trage gib plaats metti cole escribe")
"""Orders that are names and other words too: it has to be said where."""

_SAID: Final = (
    _NOUNS
    | _ENGLISH_NOUNS
    | _KINDS
    | _PLACES
    | words(
        """
        un una uma este esta esto este essa esse isto otra outra outro otro la el lo o a os as le les une des cet cette
        ce der die das dies diese dieses eine einen de del do da dos das en em in no na por para pour con com avec y e
        et und ou segura seguro secura forte fuerte fort forts sichere sicheres sicheren starke aleatoria aleatorio
        random unica unico larga longa longo long minimo min max caracteres caractere carateres zeichen tekens chars
        produccion producao production prod produktion desarrollo dev super secreta secreto jwt session sesion sessao
        diferente distinta differente valor value real fernet hex base64 api app admin bot hash
        zeichenkette zeichenfolge frase phrase deine dein ihre tu tua sua su votre vostra je uw ein zin unieke unique
        """
    )
)
