"""Secrets by what they look like: a table of rules, and what finds their matches in a text."""

from secure_xcom.classify.content.matching import ContentRules
from secure_xcom.classify.content.rule import Rule
from secure_xcom.classify.content.table import FAMILIES, RULES

__all__ = ["FAMILIES", "RULES", "ContentRules", "Rule"]
