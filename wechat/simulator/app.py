"""How is one simulator put together and served?"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from wechat.simulator import control, jssdk, pages
from wechat.simulator.api import api_routes
from wechat.simulator.config import SimulatorConfig
from wechat.simulator.simulator import Simulator

STATIC = Path(__file__).parent / "static"


def create_simulator(config: SimulatorConfig) -> FastAPI:
    """A platform for one account. Only loopback names are served, so no other site reaches it."""
    simulator = Simulator(config)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with simulator.running():
            yield

    app = FastAPI(
        title="微信平台模拟器",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/sim/openapi.json",
    )
    app.state.simulator = simulator
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.include_router(control.router)
    app.include_router(pages.router)
    app.include_router(jssdk.router)
    app.router.routes.extend(api_routes(simulator))
    app.mount("/sim/static", StaticFiles(directory=STATIC), name="static")
    return app
