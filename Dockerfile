# syntax=docker/dockerfile:1
# Two stages: the environment is built from hashed locks, the image that runs has no compiler and no root.
FROM python:3.13-slim-trixie AS build
WORKDIR /src
RUN python -m venv /opt/counterwatch
COPY requirements.lock ./
RUN /opt/counterwatch/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY requirements-dev.lock pyproject.toml README.md LICENSE NOTICE ./
COPY app app
COPY classifiers classifiers
COPY config config
COPY core core
COPY crawler crawler
COPY evidence evidence
COPY lab lab
COPY review review
COPY storage storage
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements.lock -r requirements-dev.lock \
 && /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/counterwatch/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.13-slim-trixie
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium fonts-noto-core fonts-noto-cjk tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --create-home --home-dir /var/lib/counterwatch counterwatch \
 && install -d -o counterwatch -g counterwatch -m 0750 /var/lib/counterwatch/store \
 && install -d -m 0755 /etc/counterwatch
COPY --from=build /opt/counterwatch /opt/counterwatch
ENV PATH=/opt/counterwatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    COUNTERWATCH_CONFIG=/etc/counterwatch \
    COUNTERWATCH_DATA_DIR=/var/lib/counterwatch/store \
    COUNTERWATCH_SERVICE__HOST=0.0.0.0 \
    COUNTERWATCH_LOGGING__FORMAT=json
USER counterwatch
WORKDIR /var/lib/counterwatch
VOLUME /var/lib/counterwatch/store
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["tini", "--", "counterwatch"]
CMD ["serve"]
