"""The page of roles and permissions, written from the one table."""

from app.people.roles import DELEGABLE, ROLES, Scope

SCOPES = {
    Scope.CLASS: "本班",
    Scope.DISTRICT: "全学区",
    Scope.ORGANIZATION: "本单位",
    Scope.SELF: "自己的孩子",
}


def roles_page() -> str:
    """`docs/roles.md`: one row a permission, one column a role; empty means forbidden."""
    permissions = sorted({name for row in ROLES.values() for name in row.permissions})
    head = "| 权限 | " + " | ".join(row.title for row in ROLES.values()) + " |"
    lines = [
        "# 角色与权限",
        "",
        "本页由 `python -m app.contract roles` 从 `app/people/roles.py` 生成，请勿手工修改。",
        "空格即禁止。格中的字是范围。",
        "",
        head,
        "|" + " --- |" * (len(ROLES) + 1),
    ]
    for name in permissions:
        cells = [SCOPES[row.scope] if name in row.permissions else "" for row in ROLES.values()]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, *_delegation()]) + "\n"


def _delegation() -> list[str]:
    rows = [
        f"| {ROLES[own].title} | {'、'.join(sorted(ROLES[role].title for role in given))} |"
        for own, given in DELEGABLE.items()
    ]
    return [
        "",
        "## 谁可以再授权",
        "",
        "在自己的单位里授予，要写明结束日期，最长一年。学区管理员可以授予全部角色，不在此表。",
        "授权的人不再担任以后，已经授出的角色到它自己的结束日期为止；接任的人可以在“角色授权”里收回。",
        "",
        "| 角色 | 可以授予 |",
        "| --- | --- |",
        *rows,
    ]
