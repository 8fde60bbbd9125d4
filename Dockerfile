# syntax=docker/dockerfile:1
# Two stages: what builds stays in the first one. The image holds Python, the locked packages and
# huawen; it runs as nobody in particular, over a root file system that may be read-only.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python -m venv /opt/huawen
COPY pyproject.toml requirements.lock README.md LICENSE NOTICE ./
COPY index ./index
COPY rag ./rag
COPY api ./api
COPY eval ./eval
# The lock file also pins what only tests need: as a constraint it says which version, not what.
RUN /opt/huawen/bin/pip install --constraint requirements.lock '.[web,files]' \
    && /opt/huawen/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
ARG GIT_SHA=unknown
LABEL org.opencontainers.image.title="huawen" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${GIT_SHA}"
RUN groupadd --gid 10001 huawen \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin huawen \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=build /opt/huawen /opt/huawen
ENV PATH=/opt/huawen/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUAWEN_HOME=/data \
    HUAWEN_API_HOST=0.0.0.0 \
    HUAWEN_GIT_SHA=${GIT_SHA} \
    XDG_CACHE_HOME=/data/.cache
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/readyz', timeout=4)"]
ENTRYPOINT ["huawen"]
CMD ["serve"]
