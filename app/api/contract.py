"""What is the contract in docs/openapi.json, and does it still hold?"""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "params": {"type": "object"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The contract: bearer login unless a route is public, problem+json for refusals."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="吾创吾品 API", version="1", routes=app.routes, description="游学护照平台接口"
        )
        components = schema.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        components["securitySchemes"] = {"login": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"login": []}]
        app.openapi_schema = schema
    return app.openapi_schema


def dumped(app: FastAPI) -> str:
    """As it is checked in: stable order, readable Chinese."""
    return json.dumps(openapi_of(app), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
