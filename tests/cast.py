"""The fixed cast: invented people every test knows by name, in two districts."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.activities.kinds import ActivityKind, ActivityState
from app.activities.models import Activity, Seat, Session
from app.channels.models import ChannelAccount
from app.kit.ids import digest, new_id
from app.kit.sealing import Sealer
from app.orgs.models import District, Organization, SchoolClass
from app.passports.models import Passport
from app.people.models import (
    Enrollment,
    Guardianship,
    Identity,
    LoginSession,
    Person,
    RoleGrant,
)
from app.resources.models import LearningBase

SECRET_KEY = "tests-only-tests-only-tests-only-1234"
APPID, MINI_APPID = "wxtest00000000001", "wxmini00000000001"
TOKEN, AES_KEY = "testtoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SECRET, MINI_SECRET, ORIGINAL_ID, ACCOUNT = "test-secret", "mini-secret", "gh_test000001", "testacc"
FOREVER = timedelta(days=3650)
TERM_START = date(2026, 9, 1)


def key(name: str) -> UUID:
    """The id of anything in the cast, from its name."""
    return uuid5(NAMESPACE_URL, f"cast:{name}")


HERE, ELSEWHERE = key("district"), key("other district")
OFFICE, SCHOOL, JUNIOR = key("秘书处"), key("叶城小学"), key("南苑中学")
UNIT, OTHER_UNIT = key("陶艺工坊"), key("气象站")
CLASS_3, CLASS_1, CLASS_8 = key("三（2）班"), key("一（1）班"), key("八（1）班")
POTTERY, WEATHER = key("陶艺基地"), key("气象基地")
POTTERY_SCENE, WEATHER_SCENE = "b" + "1" * 26, "b" + "2" * 26


@dataclass(frozen=True)
class Somebody:
    """One person of the cast, with a login token and perhaps a WeChat."""

    name: str
    district_id: UUID = HERE
    wechat: bool = False

    @property
    def id(self) -> UUID:
        return key(f"person:{self.name}")

    @property
    def token(self) -> str:
        return f"token-of-{self.id.hex}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def openid(self) -> str:
        return f"o{self.id.hex[:27]}"

    @property
    def mp_openid(self) -> str:
        return f"m{self.id.hex[:27]}"

    @property
    def card_scene(self) -> str:
        return "p" + self.id.hex[:26]


@dataclass(frozen=True)
class Cast:
    xiaonan: Somebody = Somebody("小南")
    xiaobei: Somebody = Somebody("小北")
    shuang: Somebody = Somebody("双双")
    dui: Somebody = Somebody("对对")
    xing: Somebody = Somebody("小星", wechat=True)
    mama: Somebody = Somebody("小南妈妈", wechat=True)
    granny: Somebody = Somebody("小南外婆", wechat=True)
    beimama: Somebody = Somebody("小北妈妈", wechat=True)
    twin_dad: Somebody = Somebody("双胞胎爸爸", wechat=True)
    teacher: Somebody = Somebody("叶老师", wechat=True)
    liaison: Somebody = Somebody("叶城联系人")
    publisher: Somebody = Somebody("陶艺发布员")
    other_publisher: Somebody = Somebody("气象发布员")
    door: Somebody = Somebody("陶艺现场老师", wechat=True)
    secretary: Somebody = Somebody("秘书处甲")
    second_secretary: Somebody = Somebody("秘书处乙")
    council: Somebody = Somebody("理事甲")
    admin: Somebody = Somebody("学区管理员")
    auditor: Somebody = Somebody("审计员")
    viewer: Somebody = Somebody("教委观察员")
    foreign_secretary: Somebody = Somebody("外学区秘书", ELSEWHERE)
    foreign_mama: Somebody = Somebody("外学区妈妈", ELSEWHERE)
    foreign_pupil: Somebody = Somebody("外学区孩子", ELSEWHERE)
    everybody: tuple[Somebody, ...] = field(default=(), repr=False)

    def all(self) -> list[Somebody]:
        return [value for value in vars(self).values() if isinstance(value, Somebody)]


CAST = Cast()


def _organizations() -> list[dict[str, Any]]:
    rows = [
        (OFFICE, "office", "南苑学区秘书处"),
        (SCHOOL, "school", "叶城小学"),
        (JUNIOR, "school", "南苑中学"),
        (UNIT, "resource_unit", "陶艺工坊"),
        (OTHER_UNIT, "resource_unit", "气象站"),
    ]
    here = [{"district_id": HERE, "id": i, "kind": k, "name": n} for i, k, n in rows]
    away = [
        {
            "district_id": ELSEWHERE,
            "id": key("外学区秘书处"),
            "kind": "office",
            "name": "外学区秘书处",
        },
        {"district_id": ELSEWHERE, "id": key("外学区小学"), "kind": "school", "name": "外学区小学"},
    ]
    return here + away


CLASSES = [
    (HERE, CLASS_3, SCHOOL, 3, "三（2）班"),
    (HERE, CLASS_1, SCHOOL, 1, "一（1）班"),
    (HERE, CLASS_8, JUNIOR, 8, "八（1）班"),
    (ELSEWHERE, key("外学区班"), key("外学区小学"), 3, "三（1）班"),
]
PUPILS = [
    (CAST.xiaonan, CLASS_3),
    (CAST.xiaobei, CLASS_3),
    (CAST.shuang, CLASS_1),
    (CAST.dui, CLASS_1),
    (CAST.xing, CLASS_8),
    (CAST.foreign_pupil, key("外学区班")),
]
GUARDIANS = [
    (CAST.mama, CAST.xiaonan, "mother"),
    (CAST.granny, CAST.xiaonan, "grandparent"),
    (CAST.beimama, CAST.xiaobei, "mother"),
    (CAST.twin_dad, CAST.shuang, "father"),
    (CAST.twin_dad, CAST.dui, "father"),
    (CAST.foreign_mama, CAST.foreign_pupil, "mother"),
]
GRANTS = [
    (CAST.teacher, SCHOOL, "class_teacher", CLASS_3),
    (CAST.liaison, SCHOOL, "school_admin", None),
    (CAST.publisher, UNIT, "unit_publisher", None),
    (CAST.other_publisher, OTHER_UNIT, "unit_publisher", None),
    (CAST.door, UNIT, "door_staff", None),
    (CAST.secretary, OFFICE, "secretariat", None),
    (CAST.second_secretary, OFFICE, "secretariat", None),
    (CAST.council, OFFICE, "council", None),
    (CAST.admin, OFFICE, "district_admin", None),
    (CAST.auditor, OFFICE, "auditor", None),
    (CAST.viewer, OFFICE, "bureau_viewer", None),
    (CAST.foreign_secretary, key("外学区秘书处"), "secretariat", None),
]


async def load_cast(conn: AsyncConnection) -> None:
    """Put the whole cast into an empty, migrated database."""

    async def add(model: Any, rows: list[dict[str, Any]]) -> None:
        await conn.execute(insert(model), rows)

    await add(
        District,
        [
            {"id": HERE, "code": "ND", "name": "南苑学区"},
            {"id": ELSEWHERE, "code": "WX", "name": "外学区"},
        ],
    )
    await add(Organization, _organizations())
    await add(
        SchoolClass,
        [
            {
                "district_id": d,
                "id": i,
                "organization_id": o,
                "school_year": 2026,
                "grade": g,
                "name": n,
            }
            for d, i, o, g, n in CLASSES
        ],
    )
    people = CAST.all()
    await add(Person, [{"district_id": p.district_id, "id": p.id, "name": p.name} for p in people])
    await add(LoginSession, [_login(person) for person in people])
    await add(
        Enrollment, [_of(p, pupil_id=p.id, class_id=c, starts_on=TERM_START) for p, c in PUPILS]
    )
    await add(
        Guardianship,
        [
            _of(
                g,
                guardian_id=g.id,
                pupil_id=p.id,
                relation=r,
                verified_by="staff",
                starts_on=TERM_START,
            )
            for g, p, r in GUARDIANS
        ],
    )
    await add(
        RoleGrant,
        [
            _of(p, person_id=p.id, organization_id=o, role=r, class_id=c, starts_on=TERM_START)
            for p, o, r, c in GRANTS
        ],
    )
    await add(Identity, [row for person in people if person.wechat for row in _identities(person)])
    await add(Passport, [_passport(number, p) for number, (p, _) in enumerate(PUPILS, start=1)])
    await add(
        LearningBase,
        [
            {
                "district_id": HERE,
                "id": POTTERY,
                "organization_id": UNIT,
                "name": "陶艺工坊",
                "scene": POTTERY_SCENE,
            },
            {
                "district_id": HERE,
                "id": WEATHER,
                "organization_id": OTHER_UNIT,
                "name": "气象站",
                "scene": WEATHER_SCENE,
            },
        ],
    )
    await add(ChannelAccount, _accounts())


def _of(person: Somebody, **values: Any) -> dict[str, Any]:
    return {"district_id": person.district_id, "id": new_id(), **values}


def _login(person: Somebody) -> dict[str, Any]:
    expires = datetime.now(UTC) + FOREVER
    return _of(
        person,
        person_id=person.id,
        token_digest=digest(person.token),
        channel="console",
        expires_at=expires,
        # The template outlives a day: these logins are never idle and always freshly proved.
        seen_at=expires,
        proof="totp",
        proved_at=expires,
    )


def _identities(person: Somebody) -> list[dict[str, Any]]:
    return [
        _of(
            person, person_id=person.id, kind="service_account", issuer=APPID, subject=person.openid
        ),
        _of(
            person,
            person_id=person.id,
            kind="miniprogram",
            issuer=MINI_APPID,
            subject=person.mp_openid,
        ),
    ]


def _passport(number: int, pupil: Somebody) -> dict[str, Any]:
    return _of(pupil, pupil_id=pupil.id, number=f"ND-{number:06d}", scene=pupil.card_scene)


def _accounts() -> list[dict[str, Any]]:
    seal = Sealer(SECRET_KEY).seal
    shared = {"sealed_token": seal(TOKEN), "sealed_aes_key": seal(AES_KEY), "district_id": HERE}
    return [
        {
            **shared,
            "id": key("account"),
            "name": ACCOUNT,
            "kind": "service_account",
            "appid": APPID,
            "original_id": ORIGINAL_ID,
            "sealed_secret": seal(SECRET),
        },
        {
            **shared,
            "id": key("mini"),
            "name": f"{ACCOUNT}-mp",
            "kind": "miniprogram",
            "appid": MINI_APPID,
            "original_id": "gh_mini000001",
            "sealed_secret": seal(MINI_SECRET),
        },
    ]


async def add_session(
    conn: AsyncConnection,
    *,
    seats: int = 10,
    starts_in: timedelta = timedelta(minutes=10),
    lasts: timedelta = timedelta(hours=2),
    base: UUID = POTTERY,
    title: str = "捏一只小碗",
    grades: tuple[int, int] = (-3, 9),
    needs: str = "C",
    opened: timedelta = timedelta(days=1),
    state: ActivityState = ActivityState.PUBLISHED,
) -> UUID:
    """A published activity with one session, relative to the real now; gives the session's id."""
    now = datetime.now(UTC)
    unit = UNIT if base == POTTERY else OTHER_UNIT
    activity_id, session_id = new_id(), new_id()
    await conn.execute(
        insert(Activity).values(
            district_id=HERE,
            id=activity_id,
            organization_id=unit,
            base_id=base,
            title=title,
            kind=ActivityKind.DREAM_COURSE,
            category="social",
            min_grade=grades[0],
            max_grade=grades[1],
            credited_minutes=90,
            state=state,
            evidence_needed=needs,
            author_id=CAST.publisher.id,
        )
    )
    starts = now + starts_in
    await conn.execute(
        insert(Session).values(
            district_id=HERE,
            id=session_id,
            activity_id=activity_id,
            base_id=base,
            starts_at=starts,
            ends_at=starts + lasts,
            booking_opens_at=now - opened,
            capacity=seats,
            booking_closes_at=starts + lasts,
        )
    )
    if seats:
        rows = [
            {"district_id": HERE, "id": new_id(), "session_id": session_id} for _ in range(seats)
        ]
        await conn.execute(insert(Seat), rows)
    return session_id
