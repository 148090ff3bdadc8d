#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_checks.py - the checkers on made-up runs: a right one passes, each wrong one is seen

A made-up run is histories, tables and records written by hand, with as little in them as shows the point.
"""
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from google.protobuf import json_format  # noqa: E402 the two folders above are in the path by now

from bus import Contract, traceparent  # noqa: E402
from checks import bookings, capacity, clocks, commands, copies, ends, hostile, isolation, journals, reads, subscribers  # noqa: E402

ID = "01a20547-231d-7175-b504-{:012x}"
AT = "2026-11-22T08:00:00Z"
classes = tempfile.TemporaryDirectory()
contract = Contract(Path(classes.name))


def packed(kind: str, data: dict) -> str:
    message = contract.message(kind)()
    return "\\x" + json_format.ParseDict(data, message).SerializeToString().hex()


class MadeUp:
    """What run.Run has, in memory."""
    streets, services, stack = ["harbour", "meadow"], ["registry", "scheduling"], None
    began = 1795334400.0  # AT

    def __init__(self):
        self.history, self.subscribers, self.tables, self.hostile, self.lost = [], {}, {}, {}, {}
        self.folder = Path(classes.name) / "run"

    def table(self, name: str) -> list[dict]:
        return self.tables.setdefault(name, [])

    def table_names(self) -> list[str]:
        return sorted(self.tables)

    def event(self, kind: str, data: dict, request: int = 0, seq: int = 0, street: str = "harbour", time: str = AT,
              subject: str = "") -> dict:
        service = kind.split(".")[0]
        journal = self.table(f"{service}.journal")
        full = f"jusha.{service}.v1.{kind.split('.')[1]}"
        journal.append({"street": street, "seq": seq or len(journal) + 1, "id": ID.format(1000 + len(journal)), "type": full,
                        "subject": subject, "time": time, "traceparent": traceparent(ID.format(request)) if request else "",
                        "data": packed(full, data)})
        return journal[-1]

    def stored(self, service: str, request: int, seq: int, kind: str = "", response: dict | None = None) -> None:
        self.table(f"{service}.request").append(
            {"street": "harbour", "request_id": ID.format(request), "seq": seq, "hash": "\\x00",
             "reply": packed(f"jusha.{service}.v1.{kind}Response", response or {})})

    def ask(self, request: int, method: str, what: str, asked: dict | None = None, attempt: int = 0, at: float = 0, **answer) -> None:
        service = "scheduling" if method in ("BookResource", "SignUpPerson") else "registry"
        about = {"client": "c1", "id": ID.format(request), "try": attempt, "street": "harbour", "service": service, "method": method}
        self.history += [{"t": at, "what": "invoke", "request": asked or {}, **about}, {"t": at + 1, "what": what, **about, **answer}]


UNIT = {"unitId": ID.format(77), "name": "harbour-unit-1", "kind": "UNIT_KIND_BANK", "status": "UNIT_STATUS_PROSPECT",
        "createTime": AT, "updateTime": AT, "revision": 1}


class Commands(unittest.TestCase):
    def run_with(self, *, effects: int = 1, kept: bool = True, what: str = "ok", **answer) -> list[str]:
        run = MadeUp()
        told = {"code": "OK", "response": {"unit": UNIT}, "position": 1} if what == "ok" else answer
        run.ask(1, "RegisterUnit", what, **(told | answer))
        for _ in range(effects):
            run.event("registry.UnitRegistered", {"unit": UNIT}, request=1)
        if kept:
            run.stored("registry", 1, max(effects, 1), "RegisterUnit", {"unit": UNIT})
        return commands.check_commands(run)

    def test_done_and_told(self):
        self.assertEqual(self.run_with(), [])

    def test_an_unknown_one_may_be_done_or_not(self):
        self.assertEqual(self.run_with(what="unknown", code="NONE"), [])
        self.assertEqual(self.run_with(what="unknown", code="NONE", effects=0, kept=False), [])

    def test_told_and_not_there(self):
        self.assertIn("not there", self.run_with(effects=0, kept=False)[0])

    def test_done_without_its_reply(self):
        self.assertIn("not stored", self.run_with(kept=False)[0])

    def test_done_twice(self):
        self.assertIn("more than one", " ".join(self.run_with(effects=2, position=2)))

    def test_refused_and_done(self):
        self.assertIn("nothing was done", self.run_with(what="fail", code="UNAVAILABLE")[0])

    def test_another_answer_than_is_stored(self):
        self.assertIn("stored is", self.run_with(response={"unit": UNIT | {"name": "other"}})[0])

    def test_a_kept_refusal_is_no_effect(self):
        run = MadeUp()
        run.ask(1, "RegisterUnit", "fail", code="ALREADY_EXISTS")
        run.stored("registry", 1, -1, "RegisterUnit")
        self.assertEqual(commands.check_commands(run), [])

    def test_refused_after_it_was_done(self):
        run = MadeUp()
        run.ask(1, "RegisterUnit", "ok", code="OK", response={"unit": UNIT}, position=1)
        run.ask(1, "RegisterUnit", "fail", attempt=1, at=5, code="ALREADY_EXISTS")
        run.event("registry.UnitRegistered", {"unit": UNIT}, request=1)
        run.stored("registry", 1, 1, "RegisterUnit", {"unit": UNIT})
        self.assertIn("was refused", commands.check_commands(run)[0])


class Reads(unittest.TestCase):
    def read(self, at: float, what: str, **answer) -> list[str]:
        run = MadeUp()
        run.ask(1, "UpdateUnit", "ok", at=0, code="OK", response={"unit": UNIT | {"revision": 3}})
        run.ask(2, "GetUnit", what, {"unitId": UNIT["unitId"]}, at=at, **answer)
        return reads.check_reads(run)

    def test_shows_what_was_answered(self):
        self.assertEqual(self.read(2, "ok", code="OK", response={"unit": UNIT | {"revision": 3}}), [])

    def test_may_be_older_when_asked_before(self):
        self.assertEqual(self.read(0.5, "ok", code="OK", response={"unit": UNIT | {"revision": 2}}), [])

    def test_goes_back(self):
        self.assertIn("at revision 2", self.read(2, "ok", code="OK", response={"unit": UNIT | {"revision": 2}})[0])

    def test_finds_nothing(self):
        self.assertIn("does not find", self.read(2, "fail", code="NOT_FOUND")[0])


class Bookings(unittest.TestCase):
    @staticmethod
    def booked(*times: tuple[int, int], cancel: int = -1) -> list[str]:
        run = MadeUp()
        for i, (start, end) in enumerate(times):
            booking = {"bookingId": ID.format(i), "resourceId": ID.format(99), "startTime": f"2026-11-22T{start:02}:00:00Z",
                       "endTime": f"2026-11-22T{end:02}:00:00Z"}
            run.event("scheduling.ResourceBooked", {"booking": booking})
            if i == cancel:
                run.event("scheduling.BookingCancelled", {"booking": booking})
            run.table("scheduling.booking").append({
                "street": "harbour", "booking_id": ID.format(i), "resource_id": ID.format(99),
                "status": "CANCELLED" if i == cancel else "BOOKED", "start_time": f"2026-11-22T{start:02}:00:00+00:00",
                "end_time": f"2026-11-22T{end:02}:00:00+00:00"})
        return bookings.check_bookings(run)

    def test_one_behind_the_other(self):
        self.assertEqual(self.booked((8, 10), (10, 11)), [])

    def test_a_cancelled_one_is_free(self):
        self.assertEqual(self.booked((8, 10), (9, 11), cancel=0), [])

    def test_overlap_in_table_and_journal(self):
        self.assertEqual(len(self.booked((8, 10), (9, 11))), 2)


class Capacity(unittest.TestCase):
    @staticmethod
    def crowd(*steps: str, capacity_is: int = 1) -> list[str]:
        """Steps as "SignedUp 1": the event and the person."""
        run, taken, waiting = MadeUp(), set(), set()
        for step in steps:
            kind, person = step.split()
            taken, waiting = taken - {person}, waiting - {person}
            (taken if kind in ("SignedUp", "Promoted") else waiting if kind == "Waitlisted" else set()).add(person)
            run.event(f"scheduling.{kind}", {
                "signUp": {"signUpId": ID.format(int(person)), "personId": ID.format(100 + int(person))},
                "occurrence": {"occurrenceId": ID.format(99), "capacity": capacity_is, "taken": len(taken), "waiting": len(waiting)}})
        for status, people in (("SIGNED_UP", taken), ("WAITING", waiting)):
            run.tables.setdefault("scheduling.sign_up", []).extend(
                {"street": "harbour", "sign_up_id": ID.format(int(person)), "status": status} for person in people)
        return capacity.check_capacity(run)

    def test_first_come_first_served(self):
        self.assertEqual(self.crowd("SignedUp 1", "Waitlisted 2", "Waitlisted 3", "SignUpCancelled 1", "Promoted 2"), [])

    def test_too_many(self):
        self.assertIn("it holds 1", self.crowd("SignedUp 1", "SignedUp 2")[0])

    def test_out_of_order(self):
        wrong = self.crowd("SignedUp 1", "Waitlisted 2", "Waitlisted 3", "SignUpCancelled 1", "Promoted 3")
        self.assertIn("the first who waits", wrong[0])

    def test_a_place_stays_free(self):
        wrong = self.crowd("SignedUp 1", "Waitlisted 2", "SignUpCancelled 1")
        self.assertIn("has a free place", wrong[0])


class Journals(unittest.TestCase):
    @staticmethod
    def row(**changed) -> dict:
        return {"street": "harbour", "unit_id": UNIT["unitId"], "name": UNIT["name"], "kind": "BANK", "credit_code": "",
                "party_organisation": None, "address": "", "status": "PROSPECT", "create_time": "2026-11-22T08:00:00+00:00",
                "update_time": "2026-11-22T08:00:00+00:00", "revision": 1} | changed

    def journal(self, *numbers: int, row: dict | None = None) -> list[str]:
        run = MadeUp()
        for number in numbers:
            run.event("registry.UnitRegistered", {"unit": UNIT}, seq=number)
        run.table("registry.unit").extend([row] if row else [])
        return journals.check_journals(run)

    def test_numbers_and_rows(self):
        self.assertEqual(self.journal(1, 2, row=self.row()), [])

    def test_a_gap_and_a_number_twice(self):
        self.assertIn("2 is missing", self.journal(1, 3, row=self.row())[0])
        self.assertIn("stands twice", self.journal(1, 1, row=self.row())[0])

    def test_a_row_says_something_else(self):
        self.assertIn("status is", self.journal(1, row=self.row(status="SIGNED"))[0])

    def test_a_row_is_missing(self):
        self.assertIn("journal only", self.journal(1)[0])


class Copies(unittest.TestCase):
    @staticmethod
    def copied(position: int, status: str) -> list[str]:
        run = MadeUp()
        run.event("registry.UnitRegistered", {"unit": UNIT})
        run.table("scheduling.follower").append({"street": "harbour", "source": "registry", "seq": position})
        for table, state in (("registry.unit", "SIGNED"), ("scheduling.unit", status), ("selection.unit", "SIGNED")):
            run.table(table).append({"street": "harbour", "unit_id": ID.format(1), "status": state, "revision": 1})
        return copies.check_copies(run)

    def test_equal(self):
        self.assertEqual(self.copied(1, "SIGNED"), [])

    def test_different(self):
        self.assertIn("scheduling.unit", self.copied(1, "PROSPECT")[0])

    def test_behind(self):
        self.assertIn("to 0 of 1", self.copied(0, "SIGNED")[0])


NOTHING = {pointer.table: {} for pointer in ends.POINTERS}  # a row of the table that points nowhere
for pointer in ends.POINTERS:
    NOTHING[pointer.table] |= dict.fromkeys(pointer.columns)

ENDS_PAGE = HERE.parents[1] / "ops/doc/ends.md"  # what the tables of services/*/ends.c say
ACTS = ("ends", "goes on", "goes back")


def ends_rows() -> list[tuple[str, str, str, str]]:
    """(table, column, kind, status) of each row by which something is done."""
    rows, kind, status = [], "", ""
    for line in ENDS_PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            status = line.split(": ")[1]
        elif line.startswith("Cause: "):
            kind = re.match(r"Cause: `([a-z]+)_", line)[1]
        elif found := re.match(r"\| (\w+) \| (\w+) \| `([\w.]+)` \| ([a-z ]+) \|", line):
            service, noun, column, consequence = found.groups()
            table = service + "." + re.sub(r"(?<!^)([A-Z])", r"_\1", noun).lower()
            rows += [(table, column, kind, status)] if consequence in ACTS else []
    return rows


class EndsPointers(unittest.TestCase):
    """The checker looks at whatever the tables of ends say is done."""

    def test_every_row_that_does_something_is_looked_at(self):
        seen = {(pointer.table, column, pointer.kind) for pointer in ends.POINTERS for column in pointer.columns}
        rows = ends_rows()
        self.assertGreater(len(rows), 30)
        for table, column, kind, status in rows:
            self.assertIn((table, column, kind), seen, "a row of POINTERS lacks")
            self.assertIn(status, ends.ENDED[kind][1], f"a status of ENDED lacks: {kind}")

    def test_no_pointer_is_of_nothing(self):
        known = {row[:3] for row in ends_rows()}
        self.assertLessEqual({(pointer.table, column, pointer.kind) for pointer in ends.POINTERS for column in pointer.columns}, known)

    def test_each_pointer_is_found(self):
        for pointer in ends.POINTERS:
            for column in pointer.columns:
                row = {"status": pointer.open[0], "start_time": "2026-11-25T09:00:00Z", column: ID.format(1)}
                if pointer.table == "scheduling.sign_up":
                    del row["start_time"]
                    row.setdefault("occurrence_id", ID.format(7))
                self.assertIn(f"its {column} is a {pointer.kind}", " ".join(Ends.left(pointer.table, **row)))


class Ends(unittest.TestCase):
    """One of each kind ended."""

    @staticmethod
    def left(table: str, told="2026-11-22T09:00:00Z", **row) -> list[str]:
        """What ended told so at that time; all clocks were weeks ahead from AT on, for four seconds."""
        run = MadeUp()
        run.history = [{"t": 100, "what": "invoke"}, {"t": 105, "what": "fault", "name": "suspend the machine"},
                       {"t": 109, "what": "gone", "name": "suspend the machine"}]
        for kind, (where, statuses) in ends.ENDED.items():
            run.table(where).append({"street": "harbour", f"{kind}_id": ID.format(1), "status": statuses[0], "start_time": AT}
                                    | NOTHING.get(where, {}))
        run.event("registry.PersonChanged", {}, time=told, subject=ID.format(1))
        run.event("scheduling.ActivityCancelled", {}, time="2026-12-15T08:00:07Z", subject=ID.format(6))
        run.event("scheduling.ActivityCreated", {}, time="2026-12-15T08:00:08Z")
        run.event("scheduling.ActivityCreated", {}, time="2026-11-22T10:00:00Z")
        run.table("scheduling.occurrence").append({
            "street": "harbour", "occurrence_id": ID.format(7), "start_time": "2026-11-25T09:00:00Z", "status": "SCHEDULED",
            "activity_id": ID.format(8), "community_id": None, "resource_id": None, "booking_id": None})
        run.table(table).append({"street": "harbour"} | NOTHING[table] | row)
        return ends.check_ends(run)

    def test_what_is_open_is_found(self):
        self.assertIn("is OPEN", self.left("selection.need", community_id=ID.format(1), status="OPEN")[0])

    def test_what_is_final_stays(self):
        self.assertEqual(self.left("selection.need", community_id=ID.format(1), status="CALLED_OFF"), [])

    def test_the_living_may_be_pointed_to(self):
        self.assertEqual(self.left("selection.need", community_id=ID.format(2), status="OPEN"), [])

    def test_one_of_many_is_found(self):
        several = [ID.format(2), ID.format(1)]
        self.assertIn("community_ids", self.left("selection.project", community_ids=several, status="PLANNED")[0])

    def test_what_is_to_come_is_found(self):
        booking = {"community_id": ID.format(1), "status": "BOOKED"}
        self.assertIn("is BOOKED", self.left("scheduling.booking", start_time="2026-11-23T09:00:00Z", **booking)[0])
        self.assertEqual(self.left("scheduling.booking", start_time="2026-11-21T09:00:00Z", **booking), [])

    def test_a_sign_up_is_to_come_as_its_occurrence_is(self):
        found = self.left("scheduling.sign_up", person_id=ID.format(1), occurrence_id=ID.format(7), status="WAITING")
        self.assertIn("is WAITING", found[0])

    def test_what_had_begun_by_a_clock_that_was_ahead_stands(self):
        sign_up = {"person_id": ID.format(1), "occurrence_id": ID.format(7), "status": "SIGNED_UP"}
        for around in (AT, "2026-11-22T08:00:50Z", "2026-12-15T08:00:07Z"):
            self.assertEqual(self.left("scheduling.sign_up", told=around, **sign_up), [])

    def test_what_its_activity_left_around_a_leap_stands_when_its_community_ends_later(self):
        occurrence = {"community_id": ID.format(1), "status": "SCHEDULED", "start_time": "2026-11-25T09:00:00Z",
                      "occurrence_id": ID.format(9)}
        late = {"told": "2026-11-22T08:15:00Z"}
        self.assertIn("is SCHEDULED", self.left("scheduling.occurrence", **late, **occurrence, activity_id=ID.format(8))[0])
        self.assertEqual(self.left("scheduling.occurrence", **late, **occurrence, activity_id=ID.format(6)), [])

    def test_what_was_told_long_after_a_leap_is_found(self):
        sign_up = {"person_id": ID.format(1), "occurrence_id": ID.format(7), "status": "SIGNED_UP"}
        self.assertIn("is SIGNED_UP", self.left("scheduling.sign_up", told="2026-11-22T08:15:00Z", **sign_up)[0])


class Subscribers(unittest.TestCase):
    @staticmethod
    def printed(*numbers: int, lost: tuple[int, ...] = ()) -> list[str]:
        """0 is a restart; the journal has three events. lost: so many more that it had before it was restored, of these
        numbers; -1 is the first of them."""
        run, lines = MadeUp(), []
        rows = [run.event("registry.UnitRegistered", {"unit": UNIT}) for _ in range(3)]
        gone = [dict(rows[0], seq=seq, id=ID.format(2000 + seq)) for seq in lost]
        run.lost = {row["id"]: row for row in gone}
        for number in numbers:
            row = rows[number - 1] if number >= 0 else gone[-number - 1]
            before = [one["id"] for one in rows + gone[:-number - 1 if number < 0 else 0] if one["seq"] == row["seq"] - 1]
            number = number and row["seq"]
            line = {"source": "/streets/harbour/registry", "sequence": f"{number:020}", "id": row["id"], "type": row["type"],
                    "subject": "", "data": {"unit": UNIT}} | ({"predecessor": before[-1]} if before else {})
            lines.append(json.dumps(line) if number else subscribers.RESTARTED)
        run.subscribers["harbour_1"] = lines
        return subscribers.check_subscribers(run)

    def test_all_in_order(self):
        self.assertEqual(self.printed(1, 2, 3), [])

    def test_again_after_a_restart(self):
        self.assertEqual(self.printed(1, 2, 0, 1, 2, 3), [])
        self.assertEqual(self.printed(1, 2, 0, 3), [])

    def test_one_is_missing(self):
        self.assertIn("are missing", self.printed(1, 3)[0])
        self.assertIn("are missing", self.printed(1, 0, 3)[0])

    def test_again_without_a_restart(self):
        self.assertIn("comes again", self.printed(1, 2, 2, 3)[0])

    def test_from_before_its_cursor(self):
        self.assertIn("before its cursor", self.printed(1, 2, 0, 2, 0, 1, 2, 3)[0])

    def test_not_to_the_end(self):
        self.assertIn("ends at", self.printed(1, 2)[0])

    def test_a_journal_that_was_restored(self):
        """It had another second and third event. Told of that the subscriber goes on from its cursor."""
        self.assertEqual(self.printed(1, -1, -2, 0, 1, 2, 3, lost=(2, 3)), [])
        self.assertIn("follows another event", self.printed(1, -1, 3, lost=(2,))[0])


class Isolation(unittest.TestCase):
    def test_each_row_in_its_street(self):
        run = MadeUp()
        run.table("registry.unit").extend([{"street": "harbour", "unit_id": ID.format(1), "name": "harbour-unit"},
                                           {"street": "meadow", "unit_id": ID.format(2), "name": "meadow-unit"}])
        self.assertEqual(isolation.check_isolation(run), [])

    def test_a_text_and_an_id_of_another_street(self):
        run = MadeUp()
        run.table("registry.unit").extend([{"street": "harbour", "unit_id": ID.format(1), "name": "meadow-unit"},
                                           {"street": "meadow", "unit_id": ID.format(1), "name": "x"}])
        self.assertEqual(len(isolation.check_isolation(run)), 2)

    def test_a_packed_text_of_another_street(self):
        run = MadeUp()
        run.table("registry.request").append({"street": "harbour", "reply": "\\x" + b"..meadow-unit".hex()})
        self.assertEqual(len(isolation.check_isolation(run)), 1)

    def test_a_name_in_a_log(self):
        run = MadeUp()
        run.ask(1, "RegisterPerson", "fail", {"person": {"name": "harbour-person-1", "phone": "13900000000"}}, code="UNAVAILABLE")
        logs = run.folder.parent / "logs"
        logs.mkdir(exist_ok=True)
        (logs / "registry_1.log").write_text("event=x street=harbour name=harbour-person-1\n", encoding="utf-8")
        self.addCleanup((logs / "registry_1.log").unlink)
        self.assertIn("holds a name", isolation.check_isolation(run)[0])


    def test_an_answer_of_somebody_else_at_an_attacker(self):
        run = MadeUp()
        run.hostile = {"hostile_1": ({}, []), "hostile_2": ({}, [{"port": 0, "frames": ["4d4450433032"]}])}
        self.assertIn("hostile_2 was told", isolation.check_isolation(run)[0])
        self.assertEqual(len(isolation.check_isolation(run)), 1)


class Hostile(unittest.TestCase):
    @staticmethod
    def saw(answers: int, limited: int, kib: int = 1000) -> list[str]:
        run = MadeUp()
        run.history = [{"what": "peak", "name": "broker_1", "pid": 1, "kib": kib}]
        run.hostile = {"hostile_1": ({"role": "VOLUNTEER", "ms": 10000, "opened": 16, "answers": answers, "limited": limited}, []),
                       "office": ({"role": "STREET_STAFF", "ms": 10000, "opened": 1, "answers": 9000, "limited": 0}, []), "none": ({}, [])}
        return hostile.check_hostile(run)

    def test_as_much_as_its_certificate_may_have(self):
        self.assertEqual(self.saw(90000, 89700), [])

    def test_more_by_more_connections(self):
        self.assertIn("16 connections", self.saw(90000, 88000)[0])

    def test_a_broker_that_grew(self):
        self.assertIn("broker_1", self.saw(0, 0, 200 * 1024)[0])


class Clocks(unittest.TestCase):
    @staticmethod
    def told(*times: str, **refusal: str) -> list[str]:
        run = MadeUp()
        if refusal:
            run.ask(1, "RegisterUnit", "fail", **refusal)
        for time in times:
            run.event("registry.UnitRegistered", {"unit": UNIT}, time=f"2026-11-22T{time}+00:00")
        return clocks.check_clocks(run)

    def test_one_after_the_other(self):
        self.assertEqual(self.told("08:00:00.125", "08:00:00.125", "08:01:00", "08:00:30", "08:02:00"), [])
        self.assertEqual(self.told(code="INVALID_ARGUMENT", field="unit.name", rule="length"), [])

    def test_a_time_of_the_future_and_of_the_past(self):
        self.assertIn("earlier time", self.told("08:00:00", "09:00:00", "08:00:01")[0])
        self.assertIn("earlier time", self.told("08:00:00", "07:00:00", "08:00:01")[0])

    @staticmethod
    def told_around_a_leap(at: float) -> list[str]:
        """A request was refused at that second; all clocks were wrong from 5 to 9."""
        run = MadeUp()
        run.history = [{"t": 5, "what": "fault", "name": "suspend the machine"},
                       {"t": 9, "what": "gone", "name": "suspend the machine"}]
        run.ask(1, "RegisterUnit", "fail", at=at, code="INVALID_ARGUMENT", field="request_id", rule="age")
        for time in (AT, "2027-01-01T08:00:00+00:00", AT):
            run.event("registry.UnitRegistered", {"unit": UNIT}, time=time)
        return clocks.check_clocks(run)

    def test_a_leap_of_all_clocks(self):
        self.assertEqual(self.told_around_a_leap(7), [])
        self.assertIn("its age", self.told_around_a_leap(99)[0])

    def test_an_activity_that_a_wrong_clock_began(self):
        run = MadeUp()
        run.event("scheduling.ActivityChanged", {"action": "ACTIVITY_ACTION_START"})
        self.assertIn("before its time", clocks.check_clocks(run)[0])

    def test_an_age_that_was_right(self):
        self.assertIn("its age", self.told(code="INVALID_ARGUMENT", field="request_id", rule="age")[0])


if __name__ == "__main__":
    unittest.main()
