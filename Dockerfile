# Build:  docker build -t easel .
# Run:    docker run --env-file .env --stop-timeout 600 -v easel-data:/data -p 3000:3000 easel
# Others: docker run --rm --env-file .env -v easel-data:/data easel doctor
# A stop takes seconds, and up to ten minutes on a gateway without tasks: a request that has left for
# Pixapi is waited for, as a picture whose answer is cut off is paid for and lost. Docker kills after
# ten seconds unless it is told.

FROM python:3.13-slim AS build
COPY requirements/run.lock /build/
# Wheels only, each checked by its hash: nothing is compiled, nothing unpinned gets in.
RUN python -m venv --without-pip /opt/easel \
 && python -m pip --python /opt/easel/bin/python install --no-cache-dir \
    --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r /build/run.lock
COPY bot /opt/easel/app/bot
COPY manifest.yml /opt/easel/app/
RUN /opt/easel/bin/python -m compileall -q /opt/easel/app

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin easel \
 && install -d -o easel -g easel -m 0700 /data
COPY --from=build /opt/easel /opt/easel
# PYTHONSAFEPATH: the working directory is data, never code.
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONPATH=/opt/easel/app \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/easel.db \
    HOST=0.0.0.0 \
    PORT=3000
USER easel
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
