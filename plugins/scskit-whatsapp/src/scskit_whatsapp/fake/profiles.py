"""What people see of a number, whom it does not hear from, and whether it can send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from scskit.testing.network import Call, Routes, answer

if TYPE_CHECKING:
    import httpx

    from scskit_whatsapp.fake.network import FakeWhatsApp
    from scskit_whatsapp.fake.people import Person

routes: Routes[Any] = Routes()

_MOST: Final = {"about": 139, "address": 256, "description": 512, "email": 128}
_TEXTS: Final = (*_MOST, "profile_picture_url", "vertical")
_FIELDS: Final = (*_TEXTS, "websites")
_PIN: Final = re.compile("[0-9]{6}")
_COMMAND: Final = re.compile("[A-Za-z0-9_]{1,30}")
_MOST_PROMPTS, _LONGEST_PROMPT = 3, 80
_MOST_COMMANDS, _LONGEST_DESCRIPTION = 30, 256
_DONE: Final = {"success": True}


@routes.add("GET", "/{id}/whatsapp_business_profile")
def profile(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Show what people see of a business."""
    number = network.number_asked(call)
    asked = {field.name for field in network.asked(call).fields} or set(_FIELDS)
    told = {name: value for name, value in number.profile.items() if name in asked}
    return answer(200, {"data": [{**told, "messaging_product": "whatsapp"}]})


@routes.add("POST", "/{id}/whatsapp_business_profile")
def change_profile(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Change what people see of a business."""
    number, given = network.number_asked(call), network.given(call)
    network.insist_on_product(given)
    for name, most in _MOST.items():
        if len(given.text(name)) > most:
            raise network.invalid(f"Param {name} must be at most {most} characters long.")
    number.profile |= {name: given.text(name) for name in _TEXTS if given.has(name)}
    if given.has("websites"):
        number.profile["websites"] = given.list("websites")
    return answer(200, _DONE)


@routes.add("GET", "/{id}/whatsapp_commerce_settings")
def shop(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Tell whether people see a cart and a catalog."""
    number = network.number_asked(call)
    return answer(200, {"data": [{"id": number.id, **number.shop}]})


@routes.add("POST", "/{id}/whatsapp_commerce_settings")
def change_shop(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Show people a cart and a catalog, or do not."""
    number, given = network.number_asked(call), network.given(call)
    number.shop |= {name: given.flag(name) for name in number.shop if given.has(name)}
    return answer(200, _DONE)


@routes.add("POST", "/{id}/conversational_automation")
def automate(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Say what people are offered when they open the chat."""
    number, given = network.number_asked(call), network.given(call)
    prompts, commands = given.list("prompts"), given.list("commands")
    if len(prompts) > _MOST_PROMPTS or any(len(str(one)) > _LONGEST_PROMPT for one in prompts):
        raise network.invalid("Param prompts takes 3 of at most 80 characters.")
    if len(commands) > _MOST_COMMANDS or not all(map(_is_command, commands)):
        raise network.invalid("Param commands takes 30, each with a name and a description.")
    number.automation = {
        "id": number.automation.get("id") or network.digits(15),
        "enable_welcome_message": given.flag("enable_welcome_message"),
        "prompts": prompts,
        "commands": commands,
    }
    return answer(200, _DONE)


def _is_command(given: object) -> bool:
    if not isinstance(given, dict):
        return False
    name, told = str(given.get("command_name", "")), given.get("command_description")
    return bool(_COMMAND.fullmatch(name) and told) and len(str(told)) <= _LONGEST_DESCRIPTION


@routes.add("GET", "/{id}/block_users")
def blocked(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """List whom a number does not hear from."""
    number = network.number_asked(call)
    people = [one for one in network.people if one.name in number.blocked]
    told = [{"messaging_product": "whatsapp", "input": one.id, **_ids(one)} for one in people]
    return answer(200, {"data": told, "paging": {"cursors": {}}})


@routes.add("POST", "/{id}/block_users")
def block(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Hear nothing more from somebody."""
    number = network.number_asked(call)
    found = _people(network, call)
    number.blocked |= {person.name for _, person in found if person}
    return answer(200, _answered("added_users", found))


@routes.add("DELETE", "/{id}/block_users")
def unblock(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Hear from somebody again."""
    number = network.number_asked(call)
    found = _people(network, call)
    number.blocked -= {person.name for _, person in found if person}
    return answer(200, _answered("removed_users", found))


def _people(network: FakeWhatsApp, call: Call) -> list[tuple[str, Person | None]]:
    given = network.given(call)
    network.insist_on_product(given)
    asked = [one for one in given.list("block_users") if isinstance(one, dict)]
    if not asked:
        raise network.refused(100, "The parameter block_users is required.")
    named = [str(one.get("user") or one.get("user_id") or "") for one in asked]
    return [(one, network.person(one) or network.person("", one)) for one in named]


def _answered(name: str, found: list[tuple[str, Person | None]]) -> dict[str, Any]:
    done = [{"input": given, **_ids(person)} for given, person in found if person]
    failed = [{"input": given, "errors": []} for given, person in found if not person]
    told: dict[str, Any] = {name: done, **({"failed_users": failed} if failed else {})}
    return {"messaging_product": "whatsapp", "block_users": told}


def _ids(person: Person) -> dict[str, str]:
    ids = {"wa_id": person.shown_phone, "user_id": person.user_id}
    return {name: id_ for name, id_ in ids.items() if id_}


@routes.add("POST", "/{id}/register")
def register(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Let a number send."""
    number, given = network.number_asked(call), network.given(call)
    network.insist_on_product(given)
    if not _PIN.fullmatch(given.needed("pin")):
        raise network.invalid("Param pin must be six digits.")
    number.registered = True
    return answer(200, _DONE)


@routes.add("POST", "/{id}/deregister")
def deregister(network: FakeWhatsApp, call: Call) -> httpx.Response:
    """Let a number send no more."""
    network.number_asked(call).registered = False
    return answer(200, _DONE)
