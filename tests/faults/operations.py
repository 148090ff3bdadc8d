# SPDX-License-Identifier: Apache-2.0
"""operations.py - what the clients of a run ask for, and what they know about their street

Street is what all clients of a street know: they learn from answers and choose from it, so most requests are valid,
many meet a rival's, and some are wrong on purpose. An operation is a row: weight, and a function from (street, dice) to
(method, request) or None when nothing known fits. Every text that a client makes up begins with its street's slug
and "-", so that a row of one street that shows up in another is recognised: "harbour-unit-…", "harbour-person-…".
"""
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

ID_OF = {"unit": "unitId", "person": "personId", "community": "communityId", "resource": "resourceId", "need": "needId",
         "claim": "claimId", "programme": "programmeId", "sheet": "sheetId", "roleGrant": "grantId",
         "booking": "bookingId", "activity": "activityId", "occurrence": "occurrenceId", "signUp": "signUpId",
         "agreement": "agreementId", "alliance": "allianceId"}
LISTS = {"units": "unit", "people": "person", "occurrences": "occurrence", "bookings": "booking", "signUps": "signUp"}
GET = {"unit": "GetUnit", "need": "GetNeed", "claim": "GetClaim", "sheet": "GetTickSheet", "roleGrant": "GetRoleGrant",
       "booking": "GetBooking", "activity": "GetActivity", "signUp": "GetSignUp", "agreement": "GetAgreement",
       "community": "GetCommunity", "resource": "GetResource", "programme": "GetProgramme"}
FINAL = ("WITHDRAWN", "CANCELLED", "CALLED_OFF", "LEFT", "COMPLETED", "REFUSED", "REVOKED", "CONFIRMED", "DISSOLVED", "CLOSED",
         "DROPPED", "STATUS_ENDED", "TERMINATED")
KNOWN_MAX = 400  # objects of a kind; the oldest are forgotten
ACTIVITIES_MAX = 12  # that are not over
FEWEST, MOST = 2, 4  # communities, rooms, programmes, alliances: some end, others are made instead
DAYS, SLOTS_A_DAY, SLOT_MINUTES = 5, 20, 30
SHARED = 0.15  # how often an object is left for others while one changes it: somebody will be ABORTED


class Street:
    def __init__(self, name: str):
        self.name, self.lock = name, threading.Lock()
        self.known: dict[str, dict[str, dict]] = {kind: {} for kind in ID_OF}
        self.doubtful: list[tuple[str, str]] = []  # (kind, id): changed by somebody else, to be read again
        self.positions: dict[str, int] = {}  # by service: the newest that an answer named
        today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first_day = today + timedelta(days=2)  # nothing begins while the run lasts

    def learn(self, service: str, response: dict, position: int | None) -> None:
        with self.lock:
            for key, value in response.items():
                for thing in value if key in LISTS else [value] if key in ID_OF else []:
                    self.learn_one(LISTS.get(key, key), thing)
            if position:
                self.positions[service] = max(position, self.positions.get(service, 0))

    def learn_one(self, kind: str, thing: dict) -> None:
        known = self.known[kind]
        known.pop(thing[ID_OF[kind]], None)
        if not thing.get("status", "").endswith(FINAL):
            known[thing[ID_OF[kind]]] = thing
        while len(known) > KNOWN_MAX:
            known.pop(next(iter(known)))

    def doubt(self, request: dict) -> None:
        """A request that named a stale revision: what it was about is to be read again."""
        flat = request | next((value for value in request.values() if isinstance(value, dict)), {})
        with self.lock:
            self.doubtful += [(kind, flat[ID_OF[kind]]) for kind in GET if "revision" in flat and ID_OF[kind] in flat]

    def pick(self, kind: str, dice: Random, status: str = "", newest: int = 0) -> dict | None:
        """One that is known; only of this status, of the newest so many."""
        with self.lock:
            things = [thing for thing in self.known[kind].values() if thing.get("status", "").endswith(status)]
        return dice.choice(things[-newest:]) if things else None

    def take(self, kind: str, dice: Random, status: str = "") -> dict | None:
        """One to change: others do not see it meanwhile, mostly."""
        thing = self.pick(kind, dice, status)
        if thing and dice.random() > SHARED:
            with self.lock:
                self.known[kind].pop(thing[ID_OF[kind]], None)
        return thing

    def take_spare(self, kind: str, dice: Random, status: str = "") -> dict | None:
        """One to end: enough others are left."""
        return self.take(kind, dice, status) if self.count(kind) > FEWEST else None

    def find(self, kind: str, thing_id: str) -> dict | None:
        return self.known[kind].get(thing_id)

    def count(self, kind: str) -> int:
        return len(self.known[kind])

    def text(self, dice: Random, what: str) -> str:
        return f"{self.name}-{what}-{dice.getrandbits(48):012x}"

    def after(self, *services: str) -> list[tuple[str, int]]:
        return [(service, self.positions[service]) for service in services if service in self.positions]

    def day(self, offset: int) -> str:
        return f"{self.first_day + timedelta(days=offset):%Y-%m-%d}"

    def time(self, slot: int) -> str:
        day, part = divmod(slot, SLOTS_A_DAY)
        return (self.first_day + timedelta(days=day, minutes=part * SLOT_MINUTES)).strftime("%Y-%m-%dT%H:%M:%SZ")


Asked = tuple[str, dict] | None


def community_id(street: Street, dice: Random, often: float = 1) -> str:
    """Of one that is known; "", the street itself, now and then, and where none is."""
    community = street.pick("community", dice)
    return community["communityId"] if community and dice.random() < often else ""


# ---- registry ----

def create_community(street: Street, dice: Random) -> Asked:
    many = street.count("community") >= MOST
    return None if many else ("CreateCommunity", {"community": {"name": street.text(dice, "community")}})


def dissolve_community(street: Street, dice: Random) -> Asked:
    """Rooms, bookings, activities, roles and people of it are in three services."""
    community = street.take_spare("community", dice)
    return community and ("ChangeCommunity", {"communityId": community["communityId"], "action": "COMMUNITY_ACTION_DISSOLVE",
                                              "reason": street.text(dice, "reason"), "revision": community["revision"]})


def create_alliance(street: Street, dice: Random) -> Asked:
    community = community_id(street, dice, often=0.5)
    many = street.count("alliance") >= MOST
    return None if many else ("CreateAlliance", {"alliance": {
        "name": street.text(dice, "alliance"), "level": f"ALLIANCE_LEVEL_{'COMMUNITY' if community else 'STREET'}",
        "communityId": community}})


def join_alliance(street: Street, dice: Random) -> Asked:
    alliance, unit = street.pick("alliance", dice), street.pick("unit", dice, newest=20)
    return alliance and unit and ("JoinAlliance", {"member": {
        "allianceId": alliance["allianceId"], "unitId": unit["unitId"], "joinedOn": street.day(-9)}})


def end_alliance(street: Street, dice: Random) -> Asked:
    alliance = street.take_spare("alliance", dice)
    return alliance and ("ChangeAlliance", {"allianceId": alliance["allianceId"], "action": "ALLIANCE_ACTION_END",
                                            "reason": street.text(dice, "reason"), "revision": alliance["revision"]})


def pair_unit(street: Street, dice: Random) -> Asked:
    community, unit = street.pick("community", dice), street.pick("unit", dice, newest=20)
    return community and unit and ("PairUnit", {"pairing": {
        "communityId": community["communityId"], "unitId": unit["unitId"], "sinceOn": street.day(-9)}})


def draft_agreement(street: Street, dice: Random) -> Asked:
    unit = street.pick("unit", dice, newest=20)
    return unit and ("DraftAgreement", {"agreement": {
        "unitId": unit["unitId"], "communityId": community_id(street, dice, often=0.5), "signedOn": street.day(-9),
        "validToOn": street.day(300), "commitments": street.text(dice, "commitments")}})


def sign_agreement(street: Street, dice: Random) -> Asked:
    agreement = street.take("agreement", dice, "DRAFT")
    return agreement and ("ChangeAgreement", {"agreementId": agreement["agreementId"], "action": "AGREEMENT_ACTION_SIGN",
                                              "revision": agreement["revision"]})


def suspend_unit(street: Street, dice: Random) -> Asked:
    """The answer to a signature does not hold the unit, which is SIGNED by it: it is read first."""
    unit, agreement = street.take("unit", dice, "UNIT_STATUS_SIGNED"), street.pick("agreement", dice, "IN_FORCE", newest=5)
    if not unit:
        return agreement and ("GetUnit", {"unitId": agreement["unitId"]})
    return "ChangeUnit", {"unitId": unit["unitId"], "action": "UNIT_ACTION_SUSPEND", "reason": street.text(dice, "reason"),
                          "revision": unit["revision"]}


def reinstate_unit(street: Street, dice: Random) -> Asked:
    unit = street.take("unit", dice, "SUSPENDED")
    return unit and ("ChangeUnit", {"unitId": unit["unitId"], "action": "UNIT_ACTION_REINSTATE", "revision": unit["revision"]})


def register_unit(street: Street, dice: Random) -> Asked:
    return "RegisterUnit", {"unit": {"name": street.text(dice, "unit"), "kind": "UNIT_KIND_ENTERPRISE",
                                     "address": street.text(dice, "address") * dice.randint(1, 4)}}


def update_unit(street: Street, dice: Random) -> Asked:
    unit = street.take("unit", dice)
    return unit and ("UpdateUnit", {"unit": {"unitId": unit["unitId"], "address": street.text(dice, "address"),
                                             "revision": unit["revision"]}, "updateMask": "address"})


def withdraw_unit(street: Street, dice: Random) -> Asked:
    unit = street.take("unit", dice)
    return unit and ("ChangeUnit", {"unitId": unit["unitId"], "action": "UNIT_ACTION_WITHDRAW",
                                    "reason": street.text(dice, "reason"), "revision": unit["revision"]})


def get_unit(street: Street, dice: Random) -> Asked:
    unit = street.pick("unit", dice)
    return unit and ("GetUnit", {"unitId": unit["unitId"]})


def list_units(street: Street, dice: Random) -> Asked:
    return "ListUnits", {"pageSize": 20, "nameContains": f"-unit-{dice.getrandbits(4):x}"}


def register_person(street: Street, dice: Random) -> Asked:
    return "RegisterPerson", {"person": {
        "name": street.text(dice, "person"), "kind": "PERSON_KIND_VOLUNTEER", "communityId": community_id(street, dice),
        "phone": f"139{dice.randrange(10**8):08d}"}}


def leave(street: Street, dice: Random) -> Asked:
    person = street.take("person", dice) if street.count("person") > 20 else None
    return person and ("ChangePerson", {"personId": person["personId"], "action": "PERSON_ACTION_LEAVE",
                                        "reason": street.text(dice, "reason"), "revision": person["revision"]})


def grant_role(street: Street, dice: Random) -> Asked:
    """Every other service keeps a copy of it."""
    person, community = street.pick("person", dice), street.pick("community", dice)
    return person and community and ("GrantRole", {"roleGrant": {
        "holder": person["personId"], "role": "ROLE_COMMUNITY_STAFF", "communityId": community["communityId"],
        "fromOn": street.day(-3), "untilOn": street.day(300)}})


def revoke_role(street: Street, dice: Random) -> Asked:
    grant = street.take("roleGrant", dice)
    return grant and ("ChangeRoleGrant", {"grantId": grant["grantId"], "action": "ROLE_GRANT_ACTION_REVOKE",
                                          "reason": street.text(dice, "reason"), "revision": grant["revision"]})


# ---- selection ----

def create_programme(street: Street, dice: Random) -> Asked:
    if street.count("programme") >= MOST:
        return None
    projects = [{"kind": f"CATALOGUE_PROJECT_KIND_{kind}", "title": street.text(dice, "project")}
                for kind in ("MANDATORY", "ELECTIVE", "ELECTIVE", "ELECTIVE")]
    return "CreateProgramme", {"programme": {
        "year": street.first_day.year, "name": street.text(dice, "programme"), "catalogue": {"projects": projects},
        "electivesMin": 1, "tickFromOn": street.day(-9), "tickUntilOn": street.day(90)}}


def publish_programme(street: Street, dice: Random) -> Asked:
    programme = street.pick("programme", dice, "DRAFT")
    return programme and ("ChangeProgramme", {"programmeId": programme["programmeId"],
                                              "action": "PROGRAMME_ACTION_PUBLISH", "revision": programme["revision"]})


def close_programme(street: Street, dice: Random) -> Asked:
    programme = street.take_spare("programme", dice, "PUBLISHED")
    return programme and ("ChangeProgramme", {"programmeId": programme["programmeId"],
                                              "action": "PROGRAMME_ACTION_CLOSE", "revision": programme["revision"]})


def offer_resource(street: Street, dice: Random) -> Asked:
    many = street.count("resource") >= MOST
    return None if many else ("OfferResource", {"resource": {
        "communityId": community_id(street, dice, often=0.7), "name": street.text(dice, "room"),
        "category": "RESOURCE_CATEGORY_VENUE", "conditions": {"everyone": True}}})


def withdraw_resource(street: Street, dice: Random) -> Asked:
    room = street.take_spare("resource", dice)
    return room and ("ChangeResource", {"resourceId": room["resourceId"], "action": "RESOURCE_ACTION_WITHDRAW",
                                        "reason": street.text(dice, "reason"), "revision": room["revision"]})


def get_resource(street: Street, dice: Random) -> Asked:
    """It may have ended with its community, which the answer to that does not tell."""
    room = street.pick("resource", dice)
    return room and ("GetResource", {"resourceId": room["resourceId"]})


def open_sheet(street: Street, dice: Random) -> Asked:
    """One a unit and programme: a rival's is refused."""
    programme, unit = street.pick("programme", dice, "PUBLISHED"), street.pick("unit", dice, newest=20)
    return programme and unit and ("OpenTickSheet", {"programmeId": programme["programmeId"], "unitId": unit["unitId"]})


def tick(street: Street, dice: Random) -> Asked:
    sheet = street.take("sheet", dice)
    programme = sheet and street.find("programme", sheet["programmeId"])
    if not programme:
        return None
    projects = [project["projectId"] for project in programme["catalogue"]["projects"]]
    return "UpdateTickSheet", {"updateMask": "projectIds", "sheet": {
        "sheetId": sheet["sheetId"], "projectIds": dice.sample(projects, dice.randint(0, 3)),
        "revision": sheet["revision"]}}


def move_sheet(street: Street, dice: Random) -> Asked:
    """Submitted, and then confirmed or returned; nothing ticked is refused."""
    sheet = street.take("sheet", dice)
    if not sheet:
        return None
    submitted = sheet["status"].endswith("SUBMITTED")
    action = dice.choice(("CONFIRM", "RETURN")) if submitted else "SUBMIT"
    return "ChangeTickSheet", {"sheetId": sheet["sheetId"], "action": f"TICK_SHEET_ACTION_{action}",
                               "reason": street.text(dice, "reason"), "revision": sheet["revision"]}


def claim_need(street: Street, dice: Random) -> Asked:
    """Of two units that claim one need, one does."""
    need, unit = street.pick("need", dice, "OPEN", newest=5), street.pick("unit", dice, newest=20)
    if need and unit and need.get("unitId") == unit["unitId"]:
        return None  # a unit does not claim its own
    return need and unit and ("ClaimNeed", {"claim": {"needId": need["needId"], "leadUnitId": unit["unitId"],
                                                      "note": street.text(dice, "note")}})


def review_claim(street: Street, dice: Random) -> Asked:
    claim = street.take("claim", dice, "SUBMITTED")
    return claim and ("ReviewClaim", {"claimId": claim["claimId"],
                                      "action": f"CLAIM_ACTION_{dice.choice(('APPROVE', 'REFUSE'))}",
                                      "reason": street.text(dice, "reason"), "revision": claim["revision"]})


def raise_need(street: Street, dice: Random) -> Asked:
    """Mostly of a unit that was registered a moment ago: selection has to wait for its copy."""
    unit, community = street.pick("unit", dice, newest=3), community_id(street, dice, often=0.1)
    day = street.day(1 + dice.randrange(20))
    return unit and ("RaiseNeed", {"need": {
        "unitId": "" if community else unit["unitId"], "communityId": community,
        "title": street.text(dice, "need"), "category": "RESOURCE_CATEGORY_SKILL",
        "quantity": dice.randint(1, 9), "wantedFromOn": day, "wantedToOn": day,
        "priority": "NEED_PRIORITY_MEDIUM"}})


def call_off_need(street: Street, dice: Random) -> Asked:
    need = street.take("need", dice)
    return need and ("ChangeNeed", {"needId": need["needId"], "action": "NEED_ACTION_CALL_OFF",
                                    "reason": street.text(dice, "reason"), "revision": need["revision"]})


# ---- scheduling ----

def book(street: Street, dice: Random) -> Asked:
    """Few rooms, few days, one to four slots: most rivals overlap."""
    room, start = street.pick("resource", dice), dice.randrange(DAYS * SLOTS_A_DAY)
    return room and ("BookResource", {"booking": {
        "resourceId": room["resourceId"], "communityId": community_id(street, dice),
        "startTime": street.time(start), "endTime": street.time(start + dice.randint(1, 4)),
        "purpose": street.text(dice, "purpose")}})


def cancel_booking(street: Street, dice: Random) -> Asked:
    booking = street.take("booking", dice)
    return booking and ("ChangeBooking", {"bookingId": booking["bookingId"], "action": "BOOKING_ACTION_CANCEL",
                                          "reason": street.text(dice, "reason"), "revision": booking["revision"]})


def create_activity(street: Street, dice: Random) -> Asked:
    """Three dates, few places, a short waitlist; every second one wants a room, too."""
    if street.count("activity") >= ACTIVITIES_MAX:
        return None
    room = street.pick("resource", dice) if dice.random() < 0.5 else None
    start = street.first_day + timedelta(days=dice.randrange(DAYS), minutes=SLOT_MINUTES * dice.randrange(SLOTS_A_DAY))
    return "CreateActivity", {"activity": {
        "title": street.text(dice, "activity"), "kind": "ACTIVITY_KIND_TRAINING",
        "communityId": community_id(street, dice, often=0.5), "capacity": dice.randint(1, 4),
        "waitlist": dice.randint(1, 4), "resourceId": room["resourceId"] if room else "",
        "schedule": {"firstStartLocal": f"{start:%Y-%m-%dT%H:%M:%S}", "durationMinutes": 60,
                     "rrule": "FREQ=DAILY;COUNT=3"}}}


def publish_activity(street: Street, dice: Random) -> Asked:
    activity = street.take("activity", dice, "DRAFT")
    return activity and ("ChangeActivity", {"activityId": activity["activityId"], "action": "ACTIVITY_ACTION_PUBLISH",
                                            "revision": activity["revision"], "skipRefused": dice.random() < 0.8})


def cancel_activity(street: Street, dice: Random) -> Asked:
    activity = street.take("activity", dice, "PUBLISHED") if street.count("activity") > ACTIVITIES_MAX // 2 else None
    return activity and ("ChangeActivity", {"activityId": activity["activityId"], "action": "ACTIVITY_ACTION_CANCEL",
                                            "reason": street.text(dice, "reason"), "revision": activity["revision"]})


def list_occurrences(street: Street, dice: Random) -> Asked:
    activity = street.pick("activity", dice, "PUBLISHED")
    return activity and ("ListOccurrences", {"activityId": activity["activityId"]})


def sign_up(street: Street, dice: Random) -> Asked:
    occurrence, person = street.pick("occurrence", dice, newest=12), street.pick("person", dice)
    return occurrence and person and ("SignUpPerson", {"occurrenceId": occurrence["occurrenceId"],
                                                       "personId": person["personId"]})


def sign_off(street: Street, dice: Random) -> Asked:
    """Whoever waits is promoted."""
    mine = street.take("signUp", dice)
    return mine and ("ChangeSignUp", {"signUpId": mine["signUpId"], "action": "SIGN_UP_ACTION_CANCEL",
                                      "revision": mine["revision"]})


# ---- on purpose ----

def read_again(street: Street, dice: Random) -> Asked:
    with street.lock:
        kind, thing_id = street.doubtful.pop() if street.doubtful else (None, None)
    return kind and (GET[kind], {ID_OF[kind]: thing_id})


def unit_without_name(street: Street, dice: Random) -> Asked:
    return "RegisterUnit", {"unit": {"name": "", "kind": "UNIT_KIND_BANK", "address": street.text(dice, "address")}}


def unit_of_a_name_that_is_taken(street: Street, dice: Random) -> Asked:
    unit = street.pick("unit", dice)
    return unit and ("RegisterUnit", {"unit": {"name": unit["name"], "kind": "UNIT_KIND_BANK"}})


FAR = ("1970-01-01", "2150-02-28", "2199-12-31", "2200-01-01", "4581-02-02", "9999-12-30")  # some of which are no dates


def book_far(street: Street, dice: Random) -> Asked:
    room, day = street.pick("resource", dice), dice.choice(FAR)
    return room and ("BookResource", {"booking": {
        "resourceId": room["resourceId"], "startTime": f"{day}T22:00:00Z", "endTime": f"{day}T23:59:59Z",
        "purpose": street.text(dice, "purpose")}})


def move_far(street: Street, dice: Random) -> Asked:
    occurrence = street.pick("occurrence", dice)
    return occurrence and ("MoveOccurrence", {"occurrenceId": occurrence["occurrenceId"],
                                              "startLocal": f"{dice.choice(FAR)}T23:59:59", "revision": 1})


def list_far(street: Street, dice: Random) -> Asked:
    first, last = dice.sample(FAR[:3], 2)
    return "ListBookings", {"fromTime": f"{first}T00:00:00Z", "untilTime": f"{last}T00:00:00Z", "pageSize": 1}


@dataclass(frozen=True)
class Operation:
    weight: float
    ask: Callable[[Street, Random], Asked]
    after: tuple[str, ...] = ()  # services whose newest events must be known where it is done


OPERATIONS = (
    Operation(18, register_unit), Operation(8, update_unit), Operation(2, withdraw_unit), Operation(6, get_unit),
    Operation(1, list_units), Operation(1, register_person), Operation(0.5, leave),
    Operation(2, grant_role), Operation(1, revoke_role),
    Operation(10, raise_need, after=("registry",)), Operation(4, call_off_need),
    Operation(3, claim_need, after=("registry",)), Operation(3, review_claim),
    Operation(3, open_sheet, after=("registry",)), Operation(4, tick), Operation(4, move_sheet),
    Operation(12, book), Operation(7, cancel_booking),
    Operation(2, create_activity), Operation(2, publish_activity), Operation(0.5, cancel_activity),
    Operation(3, list_occurrences), Operation(14, sign_up, after=("registry",)), Operation(9, sign_off),
    Operation(0.3, create_community), Operation(0.1, dissolve_community),
    Operation(0.3, create_alliance), Operation(0.5, join_alliance), Operation(0.1, end_alliance), Operation(0.3, pair_unit),
    Operation(0.3, draft_agreement), Operation(0.3, sign_agreement), Operation(0.3, suspend_unit), Operation(0.2, reinstate_unit),
    Operation(0.3, create_programme), Operation(0.3, publish_programme), Operation(0.1, close_programme),
    Operation(0.5, offer_resource, after=("registry",)), Operation(0.1, withdraw_resource), Operation(1, get_resource),
    Operation(6, read_again), Operation(1, unit_without_name), Operation(1, unit_of_a_name_that_is_taken),
    Operation(0.5, book_far), Operation(0.5, move_far), Operation(0.3, list_far),
)


def first_operations(street: Street, dice: Random) -> list[Callable[[], Asked]]:
    """What a street needs before its clients begin; each is made when the one before is done."""
    communities = [lambda i=i: ("CreateCommunity", {"community": {"name": f"{street.name}-community-{i}"}})
                   for i in range(2)]
    rooms = [lambda i=i: ("OfferResource", {"resource": {
        "communityId": community_id(street, dice), "name": f"{street.name}-room-{i}",
        "category": "RESOURCE_CATEGORY_VENUE", "conditions": {"everyone": True}}}) for i in range(3)]
    programme = [lambda: create_programme(street, dice), lambda: publish_programme(street, dice)]
    people = [lambda: register_person(street, dice)] * 30
    units = [lambda: register_unit(street, dice)] * 5
    activities = [lambda: create_activity(street, dice), lambda: publish_activity(street, dice),
                  lambda: list_occurrences(street, dice)] * 3
    return communities + rooms + programme + people + units + activities
