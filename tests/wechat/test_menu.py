"""The menu is declared here and pushed only when the platform's differs."""

from dataclasses import dataclass

import pytest

from app.cli import main
from app.kit.settings import Settings
from tests.cast import ACCOUNT, CAST, SECRET_KEY
from tests.client import Client
from tests.wechat.stage import Platform, Sender
from wechat.menu import MENU, MenuRefused, push_menu, read_menu

CREATE, READ = "/cgi-bin/menu/create", "/cgi-bin/menu/get"


@dataclass
class Command:
    """`python -m app.cli wechat-menu`, within this process: starting Python takes seconds."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *options: str) -> tuple[int, str]:
        code = main(["wechat-menu", *options])
        return code, self.capture.readouterr().out.strip()


@pytest.fixture
def wechat_menu(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WECHAT_API_BASE", settings.wechat_api_base)
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DEMO", "1")
    return Command(capsys)


async def test_the_first_push_creates_and_the_second_does_nothing(
    sender: Sender, platform: Platform
) -> None:
    account = await sender.account()
    assert await read_menu(sender.gateway, account) == []
    assert await push_menu(sender.gateway, account)
    assert not await push_menu(sender.gateway, account)
    assert await read_menu(sender.gateway, account) == MENU["button"]
    assert len(platform.calls(CREATE)) == 1


async def test_a_changed_menu_is_pushed_again_and_a_dead_token_does_not_matter(
    sender: Sender, platform: Platform
) -> None:
    account = await sender.account()
    await push_menu(sender.gateway, account)
    platform.token_of_another_program(force=True)
    assert not await push_menu(sender.gateway, account), "40001 is not an absent menu"
    assert platform.simulator.world.menu is not None
    platform.simulator.world.menu["button"][0]["name"] = "旧菜单"
    assert await push_menu(sender.gateway, account)


async def test_a_platform_that_refuses_is_not_taken_for_an_empty_menu(
    sender: Sender, platform: Platform
) -> None:
    account = await sender.account()
    platform.fault(READ, errcode=48001)
    with pytest.raises(MenuRefused):
        await push_menu(sender.gateway, account)
    platform.fault(CREATE, errcode=40018)
    with pytest.raises(MenuRefused):
        await push_menu(sender.gateway, account)
    assert await push_menu(sender.gateway, account)


def test_the_command_says_the_difference_and_publishes_it(
    wechat_menu: Command, platform: Platform
) -> None:
    different, published = f"{ACCOUNT}：菜单需要发布", f"{ACCOUNT}：菜单已发布"
    assert wechat_menu("--dry-run") == (0, different)
    assert platform.calls(CREATE) == []
    assert wechat_menu() == (0, published)
    assert wechat_menu("--dry-run") == (0, f"{ACCOUNT}：菜单与声明一致")
    assert len(platform.calls(CREATE)) == 1


async def test_every_button_of_the_menu_is_answered(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """No button may end in the help for unknown keys, except the help itself."""
    await push_menu(sender.gateway, await sender.account())
    help_text = await client.click(CAST.mama, "HELP")
    buttons = [leaf for top in MENU["button"] for leaf in top.get("sub_button", [top])]
    keys = [button["key"] for button in buttons if button["type"] == "click"]
    assert len(keys) == 5
    said = {key: await client.click(CAST.mama, key) for key in keys}
    assert [key for key, sentence in said.items() if sentence == help_text] == ["HELP"]
