"""Which consent texts has the district, and which invented families agreed?"""

from datetime import timedelta
from uuid import UUID

from app.demo.build_people import Crowd
from app.demo.draft import Draft
from app.demo.names import full_name
from app.demo.schools import TIES_START
from app.people.kinds import Purpose, Relation
from app.people.models import Consent, ConsentText, Guardianship, Person
from app.people.service.consent import text_hash

PHOTO = """\
学校和基地会在活动现场拍摄照片，用在学区的展板、公众号文章和年度总结里。
照片里不写孩子的姓名和班级。照片保存到学期结束后一年，到期删除。
不同意也没有关系：现场老师扫护照卡时会看到提示，不会拍摄您的孩子，孩子照样参加活动、领取印章。"""
HEALTH_NOTE = """\
您可以告诉我们孩子的过敏、哮喘等情况，方便现场老师照顾孩子。
只有当天带队的老师看得到，活动结束后就看不到了。
不同意也没有关系：有需要时，请您当天口头告诉带队老师。"""
PUPIL_WECHAT = """\
同意以后，孩子可以用自己的微信查看活动、到基地扫码签到、看自己的护照。
系统只保存识别这部手机微信所需的编号。撤回以后立刻解绑并删除。
不同意也没有关系：您可以替孩子预约，现场老师扫护照卡签到。"""
TEXTS = {
    Purpose.PHOTO: ("活动拍照和展示同意书", PHOTO),
    Purpose.HEALTH_NOTE: ("健康提示同意书", HEALTH_NOTE),
    Purpose.PUPIL_WECHAT: ("学生使用自己微信的同意书", PUPIL_WECHAT),
}
SHARE_AGREED = 0.7  # of the children with a guardian, to photographs
NOT_PHOTOGRAPHED = ("shuang", "dui")  # so that the door has something to show


def build_consents(draft: Draft, crowd: Crowd) -> None:
    """Texts before term, photo consents of most families, and that of the one pupil with a phone."""
    published = draft.now - timedelta(days=90)
    texts = {
        purpose: draft.add(
            ConsentText,
            purpose=purpose,
            number=1,
            title=title,
            body=body,
            hash=text_hash(title, body),
            published_at=published,
        )
        for purpose, (title, body) in TEXTS.items()
    }
    luck = draft.luck("consents")
    refused = {crowd.children[key] for key in NOT_PHOTOGRAPHED}
    for pupil in crowd.pupils.values():
        if pupil.guardians and pupil.id not in refused and luck.random() < SHARE_AGREED:
            _agree(draft, texts[Purpose.PHOTO], pupil.id, pupil.guardians[0])
    xiaoxing = crowd.children["xiaoxing"]
    father = draft.add(Person, name=full_name(luck))
    draft.add(
        Guardianship,
        guardian_id=father,
        pupil_id=xiaoxing,
        relation=Relation.FATHER,
        verified_by="staff",
        starts_on=TIES_START,
    )
    _agree(draft, texts[Purpose.PUPIL_WECHAT], xiaoxing, father)


def _agree(draft: Draft, text: UUID, pupil: UUID, guardian: UUID) -> None:
    draft.add(
        Consent,
        text_id=text,
        pupil_id=pupil,
        guardian_id=guardian,
        channel="h5",
        given_at=draft.now - timedelta(days=60),
    )
