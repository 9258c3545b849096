"""How is the simulator started for the demo?"""

import argparse
from pathlib import Path

import uvicorn

from wechat.simulator.app import create_simulator
from wechat.simulator.config import SimulatorConfig

SHUTDOWN_SECONDS = 2  # a call that hangs on purpose must not keep the process alive


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m wechat.simulator", description="本机上的微信平台：演示和测试用"
    )
    parser.add_argument("--demo", type=Path, required=True, help="演示学区写出的 demo.json")
    parser.add_argument("--port", type=int, default=8001, help="端口，只监听 127.0.0.1")
    parser.add_argument("--state", type=Path, help="状态文件：重启后保留关注者、消息、二维码和菜单")
    chosen = parser.parse_args()
    config = SimulatorConfig.load(chosen.demo, state_path=chosen.state)
    uvicorn.run(
        create_simulator(config),
        host="127.0.0.1",
        port=chosen.port,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
