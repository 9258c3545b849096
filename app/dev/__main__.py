"""How does ``python -m app.dev <command>`` find and run a command?

Every command is a module run as a program, so ``python -m app.dev.reset`` does the
same as ``python -m app.dev reset``; only here refusals become sentences.
"""

import errno
import runpy
import sys
from collections.abc import Sequence

from app.dev.commands import COMMANDS
from app.dev.refusals import RefusalError

REMEDIES = {
    errno.ENOSPC: "磁盘空间不够：请腾出至少 1 GB 空间，再运行一次。",
    errno.EDQUOT: "磁盘配额用完了：请腾出至少 1 GB 空间，再运行一次。",
    errno.EACCES: "没有权限使用 {}：请用当初启动系统的用户运行，或先删除 .data 文件夹。",
    errno.EROFS: "{} 所在的磁盘是只读的：请把整个文件夹放到可以写的地方，再运行一次。",
}


def main(arguments: Sequence[str]) -> int:
    """Run the named command; an expected failure prints one sentence and gives 1."""
    name = arguments[0] if arguments else COMMANDS[0].name
    command = next((each for each in COMMANDS if each.name == name and each.module), None)
    if command is None:
        print(f"没有“{name}”这个命令：请运行 python3 run.py help 查看全部命令。", file=sys.stderr)
        return 1
    sys.argv = [command.module, *command.arguments, *arguments[1:]]
    try:
        runpy.run_module(command.module, run_name="__main__", alter_sys=True)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        print(REMEDIES[error.errno].format(error.filename or ""), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断。", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
