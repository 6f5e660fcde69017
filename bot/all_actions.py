"""Every action of the package ``actions``, made once."""

import inspect
import pkgutil
from importlib import import_module

from rasa_sdk import Action

import actions
from actions.billing_action import BillingAction


def all_actions() -> list[Action]:
    """One object for each action class; bases without a name are left out."""
    found: list[Action] = []
    for module_info in pkgutil.iter_modules(actions.__path__, f"{actions.__name__}."):
        module = import_module(module_info.name)
        for candidate in vars(module).values():
            if inspect.isclass(candidate) and candidate.__module__ == module.__name__:
                if issubclass(candidate, BillingAction) and not hasattr(candidate, "action_name"):
                    continue
                if issubclass(candidate, Action):
                    found.append(candidate())
    return found
