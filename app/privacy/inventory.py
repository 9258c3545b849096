"""Which personal data do we process, what for, on which ground, and for how long?

The record of processing (个人信息保护法 art. 55, 儿童个人信息网络保护规定): one
row a kind of data, printed into every yearly pack. Whoever adds a table with
personal data adds its row here.
"""

from typing import NamedTuple


class Processed(NamedTuple):
    """One kind of personal data."""

    kind: str
    whose: str
    purpose: str
    ground: str
    kept: str
    seen_by: str


INVENTORY = (
    Processed(
        "姓名、学校、班级、学籍号",
        "学生",
        "组织游学活动、点名、发护照",
        "学校组织教育活动的职责；向家长公示规则",
        "在学区就读期间，离开满 1 年删除",
        "本人和监护人、班主任（本班）、学校联系人（本校）、活动现场（当场名单）",
    ),
    Processed(
        "监护关系",
        "学生、监护人",
        "确认谁可以替孩子报名和查看",
        "监护人主动绑定",
        "关系存续期间；孩子资料删除时一并删除",
        "本人、班主任、学校联系人",
    ),
    Processed(
        "微信标识（OpenID）",
        "监护人、学生（经同意）、工作人员",
        "登录和发送通知",
        "本人关注并绑定",
        "取消关注或注销时立即删除",
        "系统内部使用，任何页面不显示",
    ),
    Processed(
        "预约、签到、印章",
        "学生",
        "名额分配、安全到离、综合素质评价",
        "监护人报名",
        "在学区就读期间；删除后只留不含姓名的数字",
        "本人和监护人、班主任、学校联系人、承办单位（本场）",
    ),
    Processed(
        "同意书记录",
        "监护人",
        "证明谁在何时同意了什么",
        "法定记录义务",
        "撤回后 3 年",
        "本人、班主任、学校联系人",
    ),
    Processed(
        "通知及投递记录",
        "监护人、工作人员",
        "告知结果、核实送达",
        "履行服务",
        "180 天",
        "本人；管理员只看状态",
    ),
    Processed(
        "操作日志（只有编号，没有姓名）",
        "工作人员、家长",
        "查证谁看过、改过什么",
        "网络安全法第二十一条、未成年人网络保护条例第三十六条",
        "只增不改，长期保存",
        "审计员、学区管理员",
    ),
    Processed(
        "上传的名册文件",
        "学生",
        "核对导入结果",
        "学校组织教育活动的职责",
        "180 天",
        "学校联系人（本校）",
    ),
    Processed(
        "单位入驻申请的联系人和电话",
        "资源单位联系人",
        "联系申请单位、办理审核",
        "联系人主动提交",
        "办结满 1 年删除",
        "秘书处",
    ),
    Processed(
        "导师姓名、专长、可约时间",
        "筑梦导师",
        "审核和安排导师",
        "导师同意担任",
        "担任期间",
        "学区内的工作人员",
    ),
)
