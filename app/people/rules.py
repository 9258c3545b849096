"""Pure rules: what does each row of a school's list mean, and which passwords will do?"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.channels.rules import MOST_TAGS_A_PERSON
from app.kit.sheets import DAMAGED_NUMBER
from app.people.kinds import Act
from app.people.roles import ROLE_TAGS

COLUMNS = ("学籍号", "姓名", "班级", "状态")
LEAVING = {"转出": "left", "毕业": "left", "离校": "left"}
STAYING = {"", "在读", "转入"}
_ALIASES = {
    "学号": "学籍号",
    "学生姓名": "姓名",
    "名字": "姓名",
    "所在班级": "班级",
    "班": "班级",
    "备注": "状态",
    "学籍状态": "状态",
}
_DIGITS = "零一二三四五六七八九"
_SMALL = {"小": -3, "中": -2, "大": -1}
_CLASS = re.compile(
    r"^(?P<grade>[1-9一二三四五六七八九]|[小中大])(?:年级|班)?[（(]?第?(?P<number>\d{1,2}|[一二三四五六七八九十])[)）]?班?$"
)
_STUDENT_NO = re.compile(r"^[A-Za-z0-9-]{1,40}$")
_NAME = re.compile(r"^[\u3400-\u9fff\U00020000-\U000323afA-Za-z·.' ]{1,30}$")


ACT_WORDS = {
    Act.ENROL.value: "新增",
    Act.ERROR.value: "有误，不导入",
    Act.LEAVE.value: "离校",
    Act.MOVE.value: "调班",
    Act.RETURN.value: "转入",
    Act.SAME.value: "没有变化",
}


@dataclass(frozen=True)
class Known:
    """A pupil as registered now; `class_key` is empty for one who has left."""

    pupil_id: UUID
    name: str
    student_no: str | None
    class_key: tuple[int, str] | None
    own_school: bool


@dataclass
class Row:
    """One line of the file: what it says, and what follows."""

    number: int
    student_no: str
    name: str
    class_name: str
    status: str
    act: Act = Act.ERROR
    reasons: list[str] = field(default_factory=list)
    grade: int | None = None
    pupil_id: UUID | None = None

    @property
    def class_key(self) -> tuple[int, str] | None:
        return (self.grade, self.class_name) if self.grade is not None else None


def next_grade(grade: int, *, has_junior: bool) -> int | None:
    """The grade after this one, or None for those who leave.

    大班 and grade 9 leave; grade 5 leaves a primary school and moves up in a
    school that has junior grades of its own (九年一贯制).
    """
    leaves = grade in {-1, 9} or (grade == 5 and not has_junior)
    return None if leaves else grade + 1


def promoted_name(name: str, grade: int) -> str:
    """`三（2）班` becomes `四（2）班`, `3年级2班` becomes `4年级2班`; a name without a grade stays."""
    found = _CLASS.match(name)
    if found is None:
        return name
    old = found["grade"]
    small = {value: word for word, value in _SMALL.items()}
    new = small.get(grade) or (str(grade) if old.isdigit() else _DIGITS[grade])
    return f"{name[: found.start('grade')]}{new}{name[found.end('grade') :]}"


class NoSuchColumns(Exception):
    """The first line is not a head we know; carries the missing titles."""


def parse_class(text: str) -> tuple[int, str] | None:
    """Grade and canonical name: `3年级2班`, `三(2)班`, `三2` are all (3, `三（2）班`)."""
    found = _CLASS.match(text.replace(" ", ""))
    if found is None:
        return None
    grade_text, number_text = found["grade"], found["number"]
    number = int(number_text) if number_text.isdigit() else (_DIGITS + "十").index(number_text)
    if number == 0:
        return None
    if grade_text in _SMALL:
        return _SMALL[grade_text], f"{grade_text}（{number}）班"
    grade = int(grade_text) if grade_text.isdigit() else _DIGITS.index(grade_text)
    return grade, f"{_DIGITS[grade]}（{number}）班"


def read_rows(table: Sequence[Sequence[str]]) -> list[Row]:
    """The lines below the head, columns found by title in any order; blank lines are skipped."""
    titles = [_ALIASES.get(title, title) for title in (cell.replace(" ", "") for cell in table[0])]
    missing = [name for name in COLUMNS[1:3] if name not in titles]
    if missing:
        raise NoSuchColumns("、".join(missing))
    places = {name: titles.index(name) for name in COLUMNS if name in titles}

    def cell(line: Sequence[str], name: str) -> str:
        place = places.get(name)
        return line[place].strip() if place is not None and place < len(line) else ""

    return [
        Row(
            number,
            student_no=cell(line, "学籍号"),
            name=cell(line, "姓名"),
            class_name=cell(line, "班级"),
            status=cell(line, "状态"),
        )
        for number, line in enumerate(table[1:], start=2)
        if any(cell(line, name) for name in COLUMNS)
    ]


def plan(rows: Sequence[Row], known: Sequence[Known]) -> None:
    """Decide every row in place. A row with any reason is an error and is never applied."""
    by_number = {pupil.student_no: pupil for pupil in known if pupil.student_no}
    by_place: dict[tuple[str, tuple[int, str]], list[Known]] = {}
    for pupil in known:
        if pupil.class_key and pupil.own_school:
            by_place.setdefault((pupil.name, pupil.class_key), []).append(pupil)
    seen_numbers: dict[str, int] = {}
    seen_places: dict[tuple[str, str], int] = {}
    for row in rows:
        _check(row)
        _check_twice(row, seen_numbers, seen_places)
        if not row.reasons:
            _decide(row, by_number, by_place)
        if row.reasons:
            row.act = Act.ERROR


def _check(row: Row) -> None:
    if DAMAGED_NUMBER in (row.student_no, row.name):
        row.reasons.append("学籍号在 Excel 里变成了数字，请把整列设为“文本”后重新粘贴")
    elif row.student_no and not _STUDENT_NO.match(row.student_no):
        row.reasons.append("学籍号只能有字母、数字和短横")
    if not row.name:
        row.reasons.append("缺少姓名")
    elif not _NAME.match(row.name):
        row.reasons.append("姓名里有不能识别的字符")
    if row.status not in STAYING and row.status not in LEAVING:
        row.reasons.append("状态只能是 在读、转入、转出、毕业 或空")
    parsed = parse_class(row.class_name)
    if parsed is None:
        row.reasons.append("班级写法不能识别，请写成 三（2）班 或 中（1）班")
    else:
        row.grade, row.class_name = parsed


def _check_twice(row: Row, numbers: dict[str, int], places: dict[tuple[str, str], int]) -> None:
    if row.student_no:
        first = numbers.setdefault(row.student_no, row.number)
        if first != row.number:
            row.reasons.append(f"学籍号与第 {first} 行重复")
    else:
        first = places.setdefault((row.name, row.class_name), row.number)
        if first != row.number:
            row.reasons.append(f"与第 {first} 行同班同名，请填写学籍号")


def _decide(
    row: Row,
    by_number: Mapping[str, Known],
    by_place: Mapping[tuple[str, tuple[int, str]], Sequence[Known]],
) -> None:
    pupil = by_number.get(row.student_no) if row.student_no else None
    if pupil is not None and pupil.name != row.name:
        row.reasons.append("学籍号已登记在另一个姓名下，请核对；改名请先在学生资料里更正")
        return
    if pupil is None and row.class_key is not None:
        pupil = _by_name(row, by_place.get((row.name, row.class_key), ()))
    if row.reasons:
        return
    if pupil is None:
        row.act = Act.ENROL
        if row.status in LEAVING:
            row.reasons.append("名册里没有这名学生，不能转出或毕业")
        return
    row.pupil_id = pupil.pupil_id
    _decide_known(row, pupil)


def _by_name(row: Row, same: Sequence[Known]) -> Known | None:
    """Without a number the name in its class must be unique; a number that differs is another child."""
    if row.student_no:
        unnumbered = [pupil for pupil in same if pupil.student_no is None]
        return unnumbered[0] if len(unnumbered) == 1 else None
    if len(same) > 1:
        row.reasons.append("班里有同名学生，请填写学籍号")
        return None
    return same[0] if same else None


def _decide_known(row: Row, pupil: Known) -> None:
    if pupil.class_key is None:
        row.act = Act.RETURN
        if row.status in LEAVING:
            row.act = Act.SAME
    elif not pupil.own_school:
        row.reasons.append("学生还在学区内另一所学校，请原学校先办理转出")
    elif row.status in LEAVING:
        row.act = Act.LEAVE
    elif pupil.class_key == row.class_key:
        row.act = Act.SAME
    else:
        row.act = Act.MOVE


def is_near_name(typed: str, name: str) -> bool:
    """Whether a typed name misses the registered one by no more than one character."""
    a, b = _letters_of(typed), _letters_of(name)
    if a == b:
        return True
    if min(len(a), len(b)) < 2 or abs(len(a) - len(b)) > 1:
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    shorter, longer = sorted((a, b), key=len)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


def _letters_of(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
_LOGIN_NAME = re.compile(r"[A-Za-z0-9_.-]{2,32}")
# What is tried first everywhere; compared without case, and without digits at the end.
_COMMON = frozenset(
    "password passwd passw0rd p@ssword p@ssw0rd admin administrator qwerty qwertyuiop asdfghjkl "
    "zxcvbnm iloveyou welcome letmein abc abcd abcde abcdef woaini woaiwojia woaizhongguo "
    "zhongguo shanghai nihao wangyi xuexiao laoshi jiaoshi student teacher test root guest "
    "1q2w3e4r5t qazwsxedc 1qaz2wsx3edc 1qaz2wsx".split()
)
_RUNS = ("01234567890123456789", "98765432109876543210", "qwertyuiopasdfghjklzxcvbnm")


def role_key(key: str) -> str:
    return f"role:{key}"


def declared_tags(schools: Mapping[UUID, str]) -> dict[str, str]:
    """Our key → name of every tag the service account has: the roles, then the schools."""
    roles = {role_key(tag.key): f"身份·{tag.name}" for tag in ROLE_TAGS}
    return roles | {f"school:{school}": f"学校·{name}" for school, name in schools.items()}


def tags_of(roles: Collection[str], schools: Collection[UUID]) -> list[str]:
    """What one follower carries: the roles first, then as many schools as the platform allows."""
    own = [role_key(tag.key) for tag in ROLE_TAGS if tag.roles & set(roles)]
    return [*own, *(f"school:{school}" for school in sorted(schools))][:MOST_TAGS_A_PERSON]


def mask_name(name: str) -> str:
    """`张*`: enough to count and compare, not enough to know who."""
    return f"{name[0]}*" if name else ""


def is_login_name(given: str) -> bool:
    """Short, and typed without changing the keyboard."""
    return _LOGIN_NAME.fullmatch(given) is not None


def password_problem(password: str, login_name: str) -> str | None:
    """Why a password is too easy to guess, in words; None when it will do. Length is what counts."""
    plain = password.lower()
    bare = plain.rstrip("0123456789!@#.")
    common = len(set(plain)) < 4 or {plain, bare} & _COMMON or any(plain in run for run in _RUNS)
    problems = (
        (len(password) < SHORTEST_PASSWORD, f"至少要 {SHORTEST_PASSWORD} 位"),
        (len(password) > LONGEST_PASSWORD, f"最多 {LONGEST_PASSWORD} 位"),
        (not password.isprintable(), "不能有换行等特殊符号"),
        (login_name and login_name.lower() in plain, "不能包含用户名"),
        (plain.isdigit(), "不能只有数字"),
        (common, "太常见了，容易被猜到"),
    )
    return next((words for wrong, words in problems if wrong), None)
