"""What people packages refuse."""

from collections.abc import Sequence
from uuid import UUID

from app.kit.errors import DomainError, Kind


class WrongLogin(DomainError):
    """Unknown name or wrong password: the answer and the time it takes are the same."""

    kind, code, sentence = Kind.UNAUTHENTICATED, "people.wrong_login", "账号或密码不正确。"


class TooManyTries(DomainError):
    kind, code = Kind.TOO_MANY, "people.too_many_tries"
    sentence = "尝试次数太多，请 15 分钟后再试。"


class Unbound(DomainError):
    """This phone is not tied to anybody yet."""

    kind, code = Kind.FORBIDDEN, "people.unbound"
    sentence = "您还没有绑定孩子。请回复“绑定 绑定码 孩子姓名”，绑定码在学校发的绑定信上。"


class IdentityChanged(DomainError):
    """The platform names another owner for this openid than when it was bound."""

    kind, code = Kind.FORBIDDEN, "people.identity_changed"
    sentence = "这个微信号和绑定时的不是同一个人，暂时不能登录。请联系学校老师核实后重新绑定。"


class NoPupil(DomainError):
    kind, code, sentence = Kind.FORBIDDEN, "people.no_pupil", "您名下还没有孩子，请联系班主任。"


class NoChildAsked(DomainError):
    kind, code = Kind.INVALID, "people.no_child_asked"
    sentence = "没有这个序号的孩子。请回复“孩子”，再按列出的序号选择。"


class ChoosePupil(DomainError):
    """Several children on one phone: we refuse to guess who it is."""

    kind, code = Kind.INVALID, "people.choose_pupil"
    sentence = "您绑定了多个孩子，请回复序号选择：{choices}"

    def __init__(self, pupil_ids: Sequence[UUID], choices: str) -> None:
        super().__init__(choices=choices)
        self.pupil_ids = tuple(pupil_ids)


class WrongStaffCode(DomainError):
    """Unknown, used or older than a quarter of an hour."""

    kind, code = Kind.INVALID, "people.wrong_staff_code"
    sentence = "工作绑定码不对或已过期。请在电脑上打开“我的账号”，按“绑定微信”重新取一个。"


class PhoneOfAnother(DomainError):
    kind, code = Kind.CONFLICT, "people.phone_of_another"
    sentence = (
        "这个微信已经绑定为家长。请学区管理员在“角色授权”里给这位家长加上工作角色，不用再绑定。"
    )


class WrongBindingCode(DomainError):
    """Unknown, used or expired code, or another child's name: one answer for all."""

    kind, code = Kind.INVALID, "people.wrong_binding_code"
    sentence = "绑定码或孩子姓名不正确，请核对学校发的绑定信；绑定码只能使用一次。"


class AlreadyBound(DomainError):
    kind, code, sentence = Kind.CONFLICT, "people.already_bound", "您已经绑定过这个孩子了。"


class BeyondOwnRights(DomainError):
    """A role may be granted only by somebody who reaches that organization."""

    kind, code = Kind.FORBIDDEN, "people.beyond_own_rights"
    sentence = "您不能授予超出自己管理范围的角色。"


class UnknownRole(DomainError):
    kind, code, sentence = Kind.INVALID, "people.unknown_role", "没有这个角色，或不能这样授予。"


class WrongImportState(DomainError):
    kind, code = Kind.CONFLICT, "people.wrong_import_state"
    sentence = "这份名册现在不能这样操作，请刷新后查看它的状态。"


class NothingToImport(DomainError):
    kind, code = Kind.CONFLICT, "people.nothing_to_import"
    sentence = "这份名册里没有可以导入的变化。"


class CannotUndo(DomainError):
    """Since the import a child was bound, booked or moved: taking it back would break that."""

    kind, code = Kind.CONFLICT, "people.cannot_undo"
    sentence = "有 {number} 名学生在导入后已绑定家长、预约活动或再次调班，不能整批撤销。"


class UnknownColumns(DomainError):
    kind, code = Kind.INVALID, "people.unknown_columns"
    sentence = "第一行没有找到这些列：{missing}。请下载模板，按模板的列名填写。"


class EmptyClass(DomainError):
    kind, code = Kind.CONFLICT, "people.empty_class"
    sentence = "这个班还没有学生，请先导入名册。"


class OutdatedText(DomainError):
    """The words changed between showing and agreeing: consent to unseen words is none."""

    kind, code = Kind.CONFLICT, "people.outdated_text"
    sentence = "同意书已更新，请重新阅读后再确认。"


class RosterOutdated(DomainError):
    kind, code = Kind.CONFLICT, "people.roster_outdated"
    sentence = "名册里有已按家长申请删除资料的学生，请重新上传。"


class TooManyChildren(DomainError):
    """One person is the guardian of more children than a family has: a phone passed around."""

    kind, code = Kind.CONFLICT, "people.too_many_children"
    sentence = "一位家长绑定过多孩子，不能再绑定。请联系学校核对。"


class TooManyLetters(DomainError):
    kind, code = Kind.INVALID, "people.too_many_letters"
    sentence = "一次最多打印 {most} 封绑定信，请少选几个班。"


class OneSchoolOnly(DomainError):
    kind, code = Kind.INVALID, "people.one_school_only"
    sentence = "一次只能打印同一所学校的绑定信，请按学校筛选后再选。"


class RequestSettled(DomainError):
    """Somebody decided it already, or the family bound by itself meanwhile."""

    kind, code = Kind.CONFLICT, "people.request_settled"
    sentence = "这条申请已经处理过了，请刷新后查看。"


class PupilNeedsConsent(DomainError):
    """A pupil's own WeChat is used only while a guardian agrees to it."""

    kind, code = Kind.FORBIDDEN, "people.pupil_needs_consent"
    sentence = "学生用自己的微信，要先由家长同意。请家长在“我的”里打开同意书。"


class BeyondDelegation(DomainError):
    """One answer for a role, a place or a class that the grantor may not hand on."""

    kind, code = Kind.FORBIDDEN, "people.beyond_delegation"
    sentence = "您不能授予这个角色，或不能在这个单位授予。"


class DelegationTooLong(DomainError):
    kind, code = Kind.INVALID, "people.delegation_too_long"
    sentence = "授权要写明结束日期，最长一年；到期后可以再授。"


class NotStaff(DomainError):
    """Contacts and delegates come from those who hold a role at the organization."""

    kind, code = Kind.INVALID, "people.not_staff"
    sentence = "只能选本单位已有角色的老师。请先给对方授予角色。"


class SamePerson(DomainError):
    kind, code = Kind.INVALID, "people.same_person"
    sentence = "联系人和副联系人不能是同一个人。"


class PromotionTooEarly(DomainError):
    """A school year is promoted once it is over: a slip in winter would graduate everybody."""

    kind, code = Kind.CONFLICT, "people.promotion_too_early"
    sentence = "{year} 学年还没有结束，{day} 起才能办理升级与毕业。"


class PromotionChanged(DomainError):
    kind, code = Kind.CONFLICT, "people.promotion_changed"
    sentence = "名册刚有变动：确认时是 {seen} 人，现在是 {now} 人。请重新查看后再确认。"


class NothingToPromote(DomainError):
    kind, code = Kind.CONFLICT, "people.nothing_to_promote"
    sentence = "这个学年没有在册学生，不用办理升级。"


class ClassTaken(DomainError):
    """The year to come has a class of that name in another grade already."""

    kind, code = Kind.CONFLICT, "people.class_taken"
    sentence = "新学年已有同名但年级不同的班级：{name}。请先改它的名称。"


class TooManyFilters(DomainError):
    kind, code = Kind.CONFLICT, "people.too_many_filters"
    sentence = "每个列表最多保存 20 个条件，请先删掉不用的。"


class SecondFactorNeeded(DomainError):
    """The password was right; the code is still missing."""

    kind, code = Kind.UNAUTHENTICATED, "people.second_factor_needed"
    sentence = "还需要动态验证码，请打开手机上的验证器查看。"


class WrongCode(DomainError):
    """Wrong, already used, or too old: one answer for all."""

    kind, code = Kind.INVALID, "people.wrong_code"
    sentence = "验证码不正确或已经用过，请等下一个再输入。"


class WrongProof(DomainError):
    kind, code = Kind.INVALID, "people.wrong_proof"
    sentence = "密码或验证码不正确，请重新输入。"


class SecondFactorFirst(DomainError):
    """This role sees a whole district: a password alone does not open anything."""

    kind, code = Kind.FORBIDDEN, "people.second_factor_first"
    sentence = "您的角色需要先设置动态验证码，设置好以后才能继续。"


class SecondFactorOn(DomainError):
    kind, code = Kind.CONFLICT, "people.second_factor_on"
    sentence = "动态验证码已经开启。换手机请先停用，再重新设置。"


class NoSecondFactor(DomainError):
    kind, code = Kind.CONFLICT, "people.no_second_factor"
    sentence = "还没有开始设置动态验证码，请重新开始。"


class StepUpNeeded(DomainError):
    """A dangerous act asks for the password or a code again, at most ten minutes ago."""

    kind, code = Kind.FORBIDDEN, "people.step_up_needed"
    sentence = "这项操作需要再确认一次是您本人。"


class WeakPassword(DomainError):
    kind, code, sentence = Kind.INVALID, "people.weak_password", "这个密码不够安全：{reason}。"


class BadLoginName(DomainError):
    kind, code = Kind.INVALID, "people.bad_login_name"
    sentence = "用户名请用 2 到 32 位字母、数字、点、横线或下划线。"


class LoginNameTaken(DomainError):
    kind, code = Kind.CONFLICT, "people.login_name_taken"
    sentence = "这个用户名已经有人用了，请换一个。"


class WrongInvitation(DomainError):
    """Unknown, used or expired: one answer for all."""

    kind, code = Kind.INVALID, "people.wrong_invitation"
    sentence = "这个链接无效或已经用过。请联系发给您的管理员，再要一个新的。"


class ScanLoginOver(DomainError):
    """Unknown, used, of another browser, or older than three minutes: one answer for all."""

    kind, code = Kind.INVALID, "people.scan_login_over"
    sentence = "这个二维码已失效，请在电脑上重新获取。"


class BeyondIssuer(DomainError):
    """A key may do at most what its issuer may do, and nothing dangerous."""

    kind, code = Kind.FORBIDDEN, "people.beyond_issuer"
    sentence = "密钥的权限和范围不能超出您自己的，也不能包括账号、角色和密钥管理。"


class BrokenTerm(DomainError):
    kind, code = Kind.INVALID, "people.broken_term"
    sentence = "有效期要从今天起，最长一年。"


class ConsentPerBooking(DomainError):
    """This purpose is agreed to anew with each booking, never once for all."""

    kind, code = Kind.CONFLICT, "people.consent_per_booking"
    sentence = "这份同意书在每次预约时单独确认，不用在这里同意。"
