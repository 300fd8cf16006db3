"""On whose behalf a process runs, from its ``status``: numbers, and the names that this machine has for them."""

import grp
import pwd
from collections.abc import Mapping

from turnout.observe._types import Account, Owner


def read_owner(status: Mapping[str, str]) -> Owner | None:
    """Return the users and groups that a ``status`` file names; None if it names none."""
    users, groups = status.get("Uid", "").split(), status.get("Gid", "").split()
    if len(users) < 2 or len(groups) < 2:  # noqa: PLR2004  real and effective
        return None
    return Owner(
        user=user_account(int(users[0])),
        effective_user=user_account(int(users[1])),
        group=group_account(int(groups[0])),
        effective_group=group_account(int(groups[1])),
        further_groups=tuple(group_account(int(number)) for number in status.get("Groups", "").split()),
    )


def user_account(number: int) -> Account:
    """Return a user by number."""
    try:
        return Account(number=number, name=pwd.getpwuid(number).pw_name)
    except KeyError:
        return Account(number=number, name=None)


def group_account(number: int) -> Account:
    """Return a group of users by number."""
    try:
        return Account(number=number, name=grp.getgrgid(number).gr_name)
    except KeyError:
        return Account(number=number, name=None)
