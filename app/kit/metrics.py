"""Which figures does a running process show at /metrics?"""

from prometheus_client import Counter, Histogram

REQUEST_SECONDS = Histogram(
    "wuchuang_request_seconds",
    "Time to answer, by route pattern",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10),
)
CALLBACKS = Counter("wuchuang_wechat_callbacks_total", "WeChat pushes by outcome", ["outcome"])
DELIVERIES = Counter("wuchuang_deliveries_total", "Delivery verdicts", ["state"])
