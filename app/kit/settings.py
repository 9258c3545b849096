"""Which knobs has an installation, and when does it refuse to start?"""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_SECRET = "change-me"  # noqa: S105 - the value that start-up refuses


class Settings(BaseSettings):
    """Read from the environment once, at composition, and passed down.

    Outside demo mode a default secret, debug, or no person responsible for
    children's data (儿童个人信息网络保护规定) stops the start.
    """

    model_config = SettingsConfigDict(env_file=None, extra="ignore")

    database_url: str = Field(description="postgresql+asyncpg://user:password@host/database")
    base_url: str = Field("http://127.0.0.1:8000", description="public address, as phones see it")
    secret_key: SecretStr = Field(SecretStr(DEFAULT_SECRET), description="signs and encrypts")
    demo: bool = Field(
        False, description="1 for the demo district: printed passwords, no second factor demanded"
    )
    debug: bool = Field(False, description="serves the contract at /openapi.json")
    responsible_person: str = Field("", description="named person for children's data")
    wechat_api_base: str = Field(
        "https://api.weixin.qq.com", description="the platform, or the simulator's address"
    )
    wechat_template_ids: dict[str, str] = Field(
        default_factory=dict, description="kind → template id of the account, as JSON"
    )
    wechat_subscribe_ids: dict[str, str] = Field(
        default_factory=dict, description="kind → subscription template id, as JSON"
    )
    quiet_hours: str = Field(
        "21-7",
        pattern=r"^(\d{1,2}-\d{1,2})?$",
        description="not urgent messages wait; empty: never",
    )
    db_pool_size: int = Field(8, ge=1, le=10, description="connections a process may hold")
    db_pool_wait_seconds: float = Field(3.0, gt=0, description="then the answer is 503")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    backup_dir: Path = Field(Path(".data/backups"), description="folder of the backups")
    backup_key: SecretStr = Field(
        SecretStr(""), description="encrypts the backups; keep a copy outside the server"
    )
    cool_down_seconds: int = Field(
        600, ge=5, description="between approving an announcement and sending it; 600 outside DEMO"
    )
    worker_poll_seconds: float = Field(0.5, gt=0, description="pause of the idle delivery loop")

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if 0 < len(self.backup_key.get_secret_value()) < 16:
            raise ValueError("BACKUP_KEY 太短：请设置一个至少 16 位的随机串，或留空不加密。")
        if self.demo:
            return self
        if self.cool_down_seconds < 600:
            raise ValueError("COOL_DOWN_SECONDS 太短：公告批准以后至少等 600 秒才能发送。")
        if self.secret_key.get_secret_value() in {"", DEFAULT_SECRET}:
            raise ValueError("SECRET_KEY 还是默认值：请设置一个至少 32 位的随机串。")
        if len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("SECRET_KEY 太短：请设置一个至少 32 位的随机串。")
        if not self.responsible_person:
            raise ValueError("RESPONSIBLE_PERSON 未设置：须指定儿童个人信息保护负责人。")
        if self.debug:
            raise ValueError("DEBUG 只能在演示模式下打开。")
        return self
