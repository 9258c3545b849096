"""How long do people's tables keep what is no longer needed?"""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "failed_try",
        "输错密码和绑定码的记录",
        "failed_try",
        "at < now() - make_interval(days => :days)",
        1,
    ),
    Kept(
        "waiting_scene",
        "没有绑定的手机扫过的海报",
        "waiting_scene",
        "at < now() - make_interval(days => :days)",
        1,
        key="phone_digest",
    ),
    Kept(
        "login_session",
        "已结束的登录",
        "login_session",
        "coalesce(ended_at, expires_at) < now() - make_interval(days => :days)",
        30,
    ),
    Kept(
        "invitation",
        "用过或过期的邀请链接",
        "invitation",
        "expires_at < now() - make_interval(days => :days)",
        30,
    ),
    Kept(
        "calendar_feed",
        "已停用的日历订阅地址",
        "calendar_feed",
        "revoked_at < now() - make_interval(days => :days)",
        30,
    ),
    Kept(
        "scan_login",
        "扫码登录的二维码",
        "scan_login",
        "expires_at < now() - make_interval(days => :days)",
        1,
    ),
    Kept(
        "guardian_request",
        "请班主任确认的申请",
        "guardian_request",
        "updated_at < now() - make_interval(days => :days)",
        30,
    ),
    Kept(
        "binding_code",
        "用过或过期的绑定码",
        "binding_code",
        "coalesce(used_at, expires_at) < now() - make_interval(days => :days) AND NOT EXISTS "
        "(SELECT FROM guardian_request r WHERE r.district_id = binding_code.district_id "
        "AND r.code_id = binding_code.id)",
        30,
    ),
    Kept(
        "staff_code",
        "过期的工作绑定码",
        "staff_code",
        "expires_at < now() - make_interval(days => :days)",
        1,
    ),
    Kept(
        "roster_file",
        "学校上传的名册文件",
        "roster_import",
        "created_at < now() - make_interval(days => :days) AND octet_length(content) > 0",
        180,
        blank="content = '', rows = NULL",
    ),
    Kept(
        "consent",
        "已撤回的同意书",
        "consent",
        "withdrawn_at < now() - make_interval(days => :days)",
        3 * 365,
    ),
)
