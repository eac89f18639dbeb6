# One image for every process of the service; what it does is the command it is started with.
FROM python:3.13-slim AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

FROM base AS service
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY workers workers
COPY migrations migrations
RUN pip install --no-deps --no-build-isolation --editable . \
    && useradd --system --uid 10001 --no-create-home sustainer
USER sustainer
EXPOSE 8000
CMD ["sustainer", "serve", "--host", "0.0.0.0"]

# The outside world played on this machine, for the profile "sandbox" only.
FROM base AS sandbox
COPY requirements-dev.lock ./
RUN pip install --require-hashes -r requirements-dev.lock
COPY sandbox sandbox
RUN useradd --system --uid 10001 --no-create-home sustainer && install -d -o sustainer /var/lib/sandbox
USER sustainer
