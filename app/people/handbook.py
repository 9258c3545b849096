"""The page of roles and permissions, written from the one table."""

from app.people.roles import ROLES, Scope

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
        "本页由 `python -m app.cli roles` 从 `app/people/roles.py` 生成，请勿手工修改。",
        "空格即禁止。格中的字是范围。",
        "",
        head,
        "|" + " --- |" * (len(ROLES) + 1),
    ]
    for name in permissions:
        cells = [SCOPES[row.scope] if name in row.permissions else "" for row in ROLES.values()]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
