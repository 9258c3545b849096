"""What announcements and the column refuse."""

from app.kit.errors import DomainError, Kind


class NobodyAddressed(DomainError):
    kind, code = Kind.INVALID, "announcement.nobody_addressed"
    sentence = "按这些条件一个人也找不到，请重新选择发送范围。"


class LinkRefused(DomainError):
    kind, code = Kind.INVALID, "announcement.link_refused"
    sentence = "链接“{link}”不能发：{why}。"


class EditedMeanwhile(DomainError):
    kind, code = Kind.CONFLICT, "announcement.edited_meanwhile"
    sentence = "内容或收件人在您查看以后变过，请重新看一遍再决定。"


class OwnAnnouncement(DomainError):
    kind, code = Kind.CONFLICT, "announcement.own"
    sentence = "写过或改过这条公告的人不能批准它，请换一位审批。"


class NotWritable(DomainError):
    kind, code = Kind.CONFLICT, "announcement.not_writable"
    sentence = "这条公告已经开始发送，不能再改。"


class NotSubmitted(DomainError):
    kind, code, sentence = Kind.CONFLICT, "announcement.not_submitted", "这条公告不在待审批状态。"


class AlreadySubmitted(DomainError):
    kind, code = Kind.CONFLICT, "announcement.already_submitted"
    sentence = "这条公告已经提交，不用再提交。"


class CannotStop(DomainError):
    kind, code = Kind.CONFLICT, "announcement.cannot_stop"
    sentence = "这条公告不在等待发送或发送中，没有可以停止的。"


class BadMoment(DomainError):
    kind, code = Kind.INVALID, "announcement.bad_moment"
    sentence = "定时发送要在现在以后、30 天以内。"


class NotSentYet(DomainError):
    kind, code = Kind.CONFLICT, "announcement.not_sent_yet"
    sentence = "公告还没有发送，不能催读。"


class NudgedEnough(DomainError):
    kind, code = Kind.TOO_MANY, "announcement.nudged_enough"
    sentence = "今天已经催读过两次，请明天再催。"


class AllHaveRead(DomainError):
    kind, code, sentence = Kind.CONFLICT, "announcement.all_have_read", "收到的人都已经读过。"


class TooManyAttachments(DomainError):
    kind, code = Kind.INVALID, "announcement.too_many_attachments"
    sentence = "最多 {most} 个附件。"


class BadHost(DomainError):
    kind, code = Kind.INVALID, "announcement.bad_host"
    sentence = "请填写网站的域名，例如 edu.sh.gov.cn，只有小写字母、数字、点和短横。"


class OwnArticle(DomainError):
    kind, code = Kind.CONFLICT, "column.own_article"
    sentence = "写过或改过这篇文章的人不能审核它，请换一位审核。"


class ArticleStands(DomainError):
    kind, code = Kind.CONFLICT, "column.stands"
    sentence = "文章已经发布，要改请先下架。"


class ArticleNotSubmitted(DomainError):
    kind, code, sentence = Kind.CONFLICT, "column.not_submitted", "这篇文章不在待审核状态。"


class ArticleNotPublished(DomainError):
    kind, code, sentence = Kind.CONFLICT, "column.not_published", "这篇文章没有发布。"


class ArticleUnderCheck(DomainError):
    kind, code = Kind.CONFLICT, "column.under_check"
    sentence = "文字或图片的安全检查还没有结果，请过几分钟再审。"


class ArticleTurnedDown(DomainError):
    kind, code = Kind.CONFLICT, "column.turned_down"
    sentence = "文字或图片没有通过安全检查，只能退回修改。"


class BadDates(DomainError):
    kind, code = Kind.INVALID, "column.bad_dates"
    sentence = "日期请写成 2026-09-01 的样子，开始不能晚于结束。"
