"""Rasa is imported behind its adaptations, as in the product."""

from bot import rasa_adapter

rasa_adapter.install()
