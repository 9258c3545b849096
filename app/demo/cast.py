"""Who are the people that the printed accounts, the phones and the stories are about?

All are invented; staff carry the title of their work instead of a name. The
secrets here open a demonstration only: start-up refuses demo data elsewhere.
"""

from dataclasses import dataclass

from app.people.kinds import Relation
from app.people.roles import Role

DISTRICT = "NY"
OTHER_DISTRICT = "JY"
POTTERY = "陶艺工坊"
YECHENG = "叶城小学"


@dataclass(frozen=True)
class Login:
    """A staff account: its role is granted at `place`, for a class teacher in `class_name`."""

    role: Role
    username: str
    name: str
    place: str
    class_name: str | None = None

    @property
    def password(self) -> str:
        return f"{self.username}-2026"


@dataclass(frozen=True)
class Child:
    """A pupil who is somebody: takes the first place of a class."""

    key: str
    name: str
    school: str
    class_name: str


@dataclass(frozen=True)
class Guardian:
    name: str
    relation: Relation
    children: tuple[str, ...]


@dataclass(frozen=True)
class Phone:
    """A phone of the simulator; `name` is that of its person, who may be nobody yet."""

    name: str
    role: str
    slug: str
    note: str
    bound: bool = True
    following: bool = True

    @property
    def openid(self) -> str:
        return f"oNanyuan-{self.slug}".ljust(28, "0")

    @property
    def mp_openid(self) -> str:
        return f"oMini-{self.slug}".ljust(28, "0")


OFFICE = "南苑学区秘书处"

LOGINS = (
    Login(Role.SECRETARIAT, "mishuchu", "秘书处值班员", OFFICE),
    Login(Role.DISTRICT_ADMIN, "guanliyuan", "学区管理员", OFFICE),
    Login(Role.SCHOOL_ADMIN, "yecheng", "叶城小学联系人", YECHENG),
    Login(Role.CLASS_TEACHER, "yelaoshi", "叶老师", YECHENG, "三（2）班"),
    Login(Role.UNIT_PUBLISHER, "taoyi", "陶艺工坊·发布员", POTTERY),
    Login(Role.DOOR_STAFF, "xianchang", "陶艺工坊·现场老师", POTTERY),
    Login(Role.BUREAU_VIEWER, "jiaowei", "教委观察员", OFFICE),
    Login(Role.AUDITOR, "shenji", "审计员", OFFICE),
    Login(Role.COUNCIL, "lishihui", "理事会成员", OFFICE),
)
# The second school of the stories: its hours go to the city.
JUNIOR_LOGIN = Login(Role.SCHOOL_ADMIN, "nanyuan", "南苑中学联系人", "南苑中学")
OTHER_LOGIN = Login(Role.SECRETARIAT, "jinyang", "金杨秘书处值班员", "金杨学区秘书处")

CHILDREN = (
    Child("xiaonan", "小南", YECHENG, "三（2）班"),
    Child("shuang", "双双", YECHENG, "一（1）班"),
    Child("dui", "对对", YECHENG, "一（1）班"),
    Child("xiaoxing", "小星", "南苑中学", "八（1）班"),
    Child("xiaohe", "小禾", "南苑小学", "四（3）班"),
    Child("xiaozhou", "小舟", "朱桥学校", "五（1）班"),
    Child("duoduo", "朵朵", "叶城幼儿园", "大（2）班"),
)
GUARDIANS = (
    Guardian("小南妈妈", Relation.MOTHER, ("xiaonan",)),
    Guardian("小南外婆", Relation.GRANDPARENT, ("xiaonan",)),
    Guardian("双胞胎爸爸", Relation.FATHER, ("shuang", "dui")),
    Guardian("小星妈妈", Relation.MOTHER, ("xiaoxing",)),
    Guardian("小禾妈妈", Relation.MOTHER, ("xiaohe",)),
    Guardian("小舟爸爸", Relation.FATHER, ("xiaozhou",)),
    Guardian("朵朵奶奶", Relation.GRANDPARENT, ("duoduo",)),
)
PHONES = (
    Phone("小南妈妈", "家长", "xiaonan-mama", "小南（叶城小学三（2）班）的妈妈"),
    Phone("小南外婆", "家长", "xiaonan-waipo", "小南的第二位监护人"),
    Phone("双胞胎爸爸", "家长", "twins-baba", "一部手机两个孩子：双双、对对（叶城小学一（1）班）"),
    Phone("小星", "学生", "xiaoxing", "南苑中学八（1）班，有自己的微信"),
    Phone("小星妈妈", "家长", "xiaoxing-mama", "小星（南苑中学八（1）班）的妈妈"),
    Phone("小禾妈妈", "家长", "xiaohe-mama", "小禾（南苑小学四（3）班）的妈妈"),
    Phone("小舟爸爸", "家长", "xiaozhou-baba", "小舟（朱桥学校五（1）班）的爸爸"),
    Phone("朵朵奶奶", "家长", "duoduo-nainai", "朵朵（叶城幼儿园大（2）班）的奶奶"),
    Phone("陶艺工坊·现场老师", "资源单位现场人员", "pottery-door", "在门口扫孩子的护照卡"),
    Phone("陶艺工坊·发布员", "资源单位发布员", "pottery-taoyi", "收到活动审核的结果"),
    Phone("叶老师", "班主任", "ye-laoshi", "叶城小学三（2）班班主任"),
    Phone("秘书处值班员", "秘书处", "mishuchu", "看待办事项和等待审核的活动"),
    Phone(
        "新来的家长",
        "家长（未绑定）",
        "xinlai",
        "还没有关注服务号，也没有绑定孩子",
        bound=False,
        following=False,
    ),
)

WECHAT = {
    "name": "吾创吾品",
    "account": "nanyuan",
    "token": "nanyuanDemoToken2026",
    "aes_key": "NanyuanDemoAesKey2026abcdefghijklmnopqrstuA",
    "appid": "wx0a1b2c3d4e5f6071",
    "secret": "5e0c1d2b3a4f59687716253443526170",
    "original_id": "gh_0a1b2c3d4e5f",
    "miniprogram_appid": "wx7160f5e4d3c2b1a0",
    "miniprogram_secret": "0716253443526178695a4b3c2d1e0f5e",
}
# Families of the choosing stories: phones without a face, known to the mini-program only.
FAMILY_PHONES = 300


def family_openid(number: int) -> str:
    return f"oMini-family-{number:04d}".ljust(28, "0")


MINIPROGRAM_ACCOUNT = "nanyuan-mp"
MINIPROGRAM_ORIGINAL_ID = "gh_f5e4d3c2b1a0"
