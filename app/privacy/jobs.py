"""Background work of rights and duties. Times are UTC: 18:20 is 02:20 at school."""

from app.jobs.service import Job
from app.privacy.service.digest import review_access
from app.privacy.service.erasure import erase_due
from app.privacy.service.retention import forget_old

JOBS = (
    Job("privacy.forget_old", forget_old, "删除超过保存期限的数据，并留下证明", "20 18 * * *"),
    Job("privacy.erase_due", erase_due, "办理到期的删除申请", "40 * * * *"),
    Job("privacy.review_access", review_access, "每周一汇总谁查看过学生资料", "30 0 * * 1"),
)
