"""What is to be done: the function, and the items that it is given one by one."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.items._calls import call_for_items as call_for_items
    from turnout.items._kinds import ITEM_TYPES as ITEM_TYPES
    from turnout.items._objects import file_of_module as file_of_module
    from turnout.items._objects import file_of_object as file_of_object
    from turnout.items._range import parse_range as parse_range
    from turnout.items._sources import items_file as items_file
    from turnout.items._sources import read_items as read_items
    from turnout.items._sources import stream_items as stream_items
    from turnout.items._target import check_takes_one_item as check_takes_one_item
    from turnout.items._target import is_pipeline as is_pipeline
    from turnout.items._target import resolve_target as resolve_target
    from turnout.items._target import resolve_work as resolve_work

__getattr__, __dir__ = lazy(
    __name__,
    {
        "ITEM_TYPES": "._kinds",
        "call_for_items": "._calls",
        "check_takes_one_item": "._target",
        "file_of_module": "._objects",
        "file_of_object": "._objects",
        "is_pipeline": "._target",
        "items_file": "._sources",
        "parse_range": "._range",
        "read_items": "._sources",
        "resolve_target": "._target",
        "resolve_work": "._target",
        "stream_items": "._sources",
    },
)
