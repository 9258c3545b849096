"""What passports refuse."""

from app.kit.errors import DomainError, Kind


class AlreadyHasPassport(DomainError):
    kind, code = Kind.CONFLICT, "passport.already_issued"
    sentence = "这名学生已有有效的护照；如遗失请先挂失再补发。"


class RevokedCard(DomainError):
    kind, code, sentence = Kind.INVALID, "passport.revoked", "这本护照已挂失，请使用新的护照。"


class NobodyToPrint(DomainError):
    kind, code = Kind.INVALID, "passport.nobody_to_print"
    sentence = "这里还没有发过护照的学生，没有可以打印的；请先打印护照卡，会同时发放护照。"


class NotDrawnYet(DomainError):
    kind, code = Kind.CONFLICT, "passport.not_drawn_yet"
    sentence = "文件还在生成，通常一分钟内完成，请稍后刷新。"


class LevelNotStanding(DomainError):
    kind, code = Kind.CONFLICT, "passport.level_not_standing"
    sentence = "这个等级因更正暂不成立，不能打印证书；重新达到后再打印。"


class YearOutside(DomainError):
    kind, code = Kind.INVALID, "passport.year_outside"
    sentence = "请选择 2019 学年到今年之间的一个学年。"


class RulesLoop(DomainError):
    kind, code = Kind.INVALID, "passport.rules_loop"
    sentence = "等级“{level}”绕了一圈要先达到它自己，请改“先达到”。"


class RulesUnknownLevel(DomainError):
    kind, code = Kind.INVALID, "passport.rules_unknown_level"
    sentence = "等级“{level}”要先达到“{after}”，但没有这个等级。"


class RulesLevelTwice(DomainError):
    kind, code = Kind.INVALID, "passport.rules_level_twice"
    sentence = "等级代码“{level}”用了两次，请改成不同的代码。"


class RulesCapBelowNeed(DomainError):
    kind, code = Kind.INVALID, "passport.rules_cap_below_need"
    sentence = "等级“{level}”要 {need} 学时（{where}），但上限只有 {cap} 学时，谁也达不到。"


class RulesOutOfReach(DomainError):
    kind, code = Kind.INVALID, "passport.rules_out_of_reach"
    sentence = "等级“{level}”里有一项要求谁也达不到，请检查数字和类别。"


class RulesDatesReversed(DomainError):
    kind, code = Kind.INVALID, "passport.rules_reversed"
    sentence = "规则的开始晚于结束，请检查日期和年级。"


class RulesInForce(DomainError):
    kind, code = Kind.CONFLICT, "passport.rules_in_force"
    sentence = "已定下生效的规则不能再改；请新建一个版本。"


class RulesDraftWaiting(DomainError):
    kind, code = Kind.CONFLICT, "passport.rules_draft_waiting"
    sentence = "这套规则已有一份草稿，请先完成那份草稿。"


class RulesNotPreviewed(DomainError):
    kind, code = Kind.CONFLICT, "passport.rules_not_previewed"
    sentence = "请先看过影响再生效；草稿改过以后要重新看一次。"


class RulesFromPast(DomainError):
    kind, code = Kind.INVALID, "passport.rules_from_past"
    sentence = "生效日期不能早于今天。"


class NotSignedYet(DomainError):
    kind, code = Kind.CONFLICT, "passport.not_signed_yet"
    sentence = "这枚印章正在签名，通常一分钟内完成，请稍后再试。"


class StampFileUnreadable(DomainError):
    kind, code = Kind.INVALID, "passport.stamp_file_unreadable"
    sentence = "读不懂这个文件，请使用验证页上下载的印章文件和公布的公钥文件。"


class StampForged(DomainError):
    kind, code = Kind.INVALID, "passport.stamp_forged"
    sentence = "签名不对：内容被改过，或者不是本平台盖的章。"


class StampTakenBack(DomainError):
    kind, code = Kind.INVALID, "passport.stamp_taken_back"
    sentence = "签名是真的，但这枚印章后来已被作废。"
