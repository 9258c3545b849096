"""Refusals of backup and restore, as the operator reads them."""

from app.kit.errors import DomainError, Kind


class NotABackup(DomainError):
    kind, code = Kind.INVALID, "upkeep.not_a_backup"
    sentence = "这个文件不是本系统的备份，没有改动任何数据：请选择“.backup”结尾的备份文件。"


class BackupMissing(DomainError):
    kind, code = Kind.NOT_FOUND, "upkeep.backup_missing"
    sentence = "没有找到备份文件 {path}：请检查文件名，或先运行 python -m app.cli backup。"


class BackupDamaged(DomainError):
    """Cut short or altered: the seal over the whole file, a frame or a table's sum does not hold."""

    kind, code = Kind.INVALID, "upkeep.backup_damaged"
    sentence = "备份文件不完整或被改动过（{why}），没有改动任何数据：请换用更早的一份备份。"


class BackupKeyNeeded(DomainError):
    kind, code = Kind.INVALID, "upkeep.backup_key_needed"
    sentence = "这份备份是加密的，没有改动任何数据：请在设置里填写备份时所用的 BACKUP_KEY。"


class BackupKeyWrong(DomainError):
    kind, code = Kind.INVALID, "upkeep.backup_key_wrong"
    sentence = (
        "BACKUP_KEY 与备份时所用的不一致，没有改动任何数据：请找出备份当时的密钥，填好后再试一次。"
    )


class BackupTooNew(DomainError):
    kind, code = Kind.INVALID, "upkeep.backup_too_new"
    sentence = "这份备份来自更新的软件版本，没有改动任何数据：请先升级软件，再恢复。"


class TargetNotEmpty(DomainError):
    """Restoring never overwrites: a living database is worth more than any backup."""

    kind, code = Kind.CONFLICT, "upkeep.target_not_empty"
    sentence = (
        "目标数据库里已有数据（{table}），没有改动任何数据：请新建一个空数据库，"
        "把 DATABASE_URL 指向它，再恢复。"
    )


class TargetOtherShape(DomainError):
    kind, code = Kind.CONFLICT, "upkeep.target_other_shape"
    sentence = (
        "目标数据库的结构（{found}）与备份（{wanted}）不同，没有改动任何数据："
        "请新建一个完全空的数据库，把 DATABASE_URL 指向它，再恢复。"
    )


class DatabaseRefused(DomainError):
    kind, code = Kind.UNAVAILABLE, "upkeep.database_refused"
    sentence = "数据库没有接受操作（{why}），没有留下改动：请检查 DATABASE_URL 和数据库的日志。"


class NoRoomForDrill(DomainError):
    kind, code = Kind.FORBIDDEN, "upkeep.no_right_to_create"
    sentence = (
        "演练要新建一个临时数据库，现在的数据库账号没有这个权限："
        "请让数据库管理员执行 ALTER ROLE {role} CREATEDB。"
    )


class DrillRunning(DomainError):
    kind, code = Kind.CONFLICT, "upkeep.drill_running"
    sentence = "另一次演练正在进行：请等它结束后再试。"


class CannotWrite(DomainError):
    kind, code = Kind.UNAVAILABLE, "upkeep.cannot_write"
    sentence = "备份没有写成（{why}）：请检查文件夹 {folder} 的剩余空间和写入权限。"
