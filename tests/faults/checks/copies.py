# SPDX-License-Identifier: Apache-2.0
"""copies.py - what a service keeps of another's objects equals them, once it has followed to the end

Columns that both tables have are compared; who was judged is one who followed every journal to its end.
"""
COPIES = [  # the copy, the truth, their key
    ("selection.community", "registry.community", "community_id"),
    ("selection.unit", "registry.unit", "unit_id"),
    ("scheduling.community", "registry.community", "community_id"),
    ("scheduling.unit", "registry.unit", "unit_id"),
    ("scheduling.person", "registry.person", "person_id"),
    ("scheduling.resource", "selection.resource", "resource_id"),
    ("notification.sign_up", "scheduling.sign_up", "sign_up_id"),
    ("selection.role_grant", "registry.role_grant", "grant_id"),
    ("scheduling.role_grant", "registry.role_grant", "grant_id"),
    ("notification.role_grant", "registry.role_grant", "grant_id"),
    ("selection.stream", "registry.stream", "street"),
    ("scheduling.stream", "registry.stream", "street"),
    ("notification.stream", "registry.stream", "street"),
]


def check_copies(run) -> list[str]:
    behind = followers_behind(run)
    if behind:
        return behind
    return [wrong for copy, truth, key in COPIES for wrong in compare(run, copy, truth, key)]


def followers_behind(run) -> list[str]:
    """Positions against heads; whoever runs the checks has waited for them."""
    heads: dict[tuple[str, str], int] = {}
    for service in run.services:
        for row in run.table(f"{service}.journal"):
            heads[service, row["street"]] = max(row["seq"], heads.get((service, row["street"]), 0))
    return [f"{service} has followed {row['source']} of {row['street']} to {row['seq']} of {head}"
            for service in run.services for row in run.table(f"{service}.follower")
            for head in [heads.get((row["source"], row["street"]), 0)] if row["seq"] != head]


def compare(run, copy: str, truth: str, key: str) -> list[str]:
    copies = {(row["street"], row[key]): row for row in run.table(copy)}
    truths = {(row["street"], row[key]): row for row in run.table(truth)}
    wrong = [f"{key} {name[1]} of {name[0]} is in {copy if name in copies else truth} only"
             for name in sorted(copies.keys() ^ truths.keys())]
    for name in sorted(copies.keys() & truths.keys()):
        one, other = copies[name], truths[name]
        wrong += [f"{copy} {name[1]} of {name[0]}: {column} is {one[column]!r}, {truth} has {other[column]!r}"
                  for column in one.keys() & other.keys() if same(one[column]) != same(other[column])]
    return wrong


def same(value):
    """Nothing and an empty object are one: a message without content."""
    return None if value in (None, "", {}, []) else value
