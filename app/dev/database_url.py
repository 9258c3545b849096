"""Can the database that DATABASE_URL names be used?

A program of its own, so that a start with the private database need not load SQLAlchemy.
"""

import asyncio
import os
import sys

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

CONNECT_SECONDS = 10
NO_SUCH_DATABASE = "3D000"
BAD_LOGIN_CLASS = "28"


async def _ask(url: URL) -> None:
    engine = create_async_engine(url, connect_args={"timeout": CONNECT_SECONDS})
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    finally:
        await engine.dispose()


def objection(given: str) -> str:
    """Say in one sentence why this database cannot be used; nothing when it can."""
    try:
        url = make_url(given)
    except (SQLAlchemyError, ValueError):
        return "DATABASE_URL 的写法不对：应当像 postgresql://用户:密码@主机:5432/库名。"
    where = f"{url.host or url.query.get('host', '')}/{url.database}"
    try:
        asyncio.run(_ask(url))
    except TypeError:
        return "DATABASE_URL 里有不认识的参数：请删掉问号后面的部分，再运行一次。"
    except (OSError, TimeoutError, SQLAlchemyError) as error:
        state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
        if state == NO_SUCH_DATABASE:
            return f"DATABASE_URL 里的数据库 {url.database} 不存在：请先建立它（createdb），再运行一次。"
        if state.startswith(BAD_LOGIN_CLASS):
            return f"数据库 {where} 不接受 DATABASE_URL 里的用户名或密码：请改正后再运行一次。"
        return f"连不上 DATABASE_URL 指定的数据库 {where}：请检查地址，并确认数据库已经启动。"
    return ""


def main() -> int:
    """Check DATABASE_URL from the environment; print the objection, if there is one, and give 1."""
    sentence = objection(os.environ["DATABASE_URL"])
    print(sentence, end="")
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main())
