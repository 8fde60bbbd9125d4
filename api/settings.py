"""Settings of the service: environment prefix ``HUAWEN_API_``, and the check of every name."""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import SettingsError
from index.settings import IndexSettings
from rag.llm import LlmSettings
from rag.settings import RagSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_OTHERS = (
    "HUAWEN_HOME",
    "HUAWEN_TEST_MODEL",
    "HUAWEN_TEST_LLM",
    "HUAWEN_API_KEY",
    "HUAWEN_GIT_SHA",
)


class ApiSettings(BaseSettings):
    """Where the service listens, and what it bears."""

    model_config = SettingsConfigDict(env_prefix="HUAWEN_API_", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8765, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    max_in_flight: int = Field(32, ge=1, le=1000, description="Requests worked on at a time.")
    max_body_bytes: int = Field(1_000_000, ge=1_000, le=10**8, description="Bytes of a request.")
    graceful_seconds: int = Field(10, ge=0, le=600, description="Time to finish when told to end.")
    max_upload_bytes: int = Field(10**8, ge=1_000, le=10**10, description="Bytes of an upload.")
    hosts: str = Field("", description="Host names, by commas, that a proxy in front passes on.")
    cors_origins: str = Field(
        "", description="Origins, by commas, whose pages may ask: https://a.com,https://*.b.com."
    )
    require_key: Literal["auto", "always", "never"] = Field(
        "auto", description="Whether requests need a key; auto: unless on loopback."
    )
    rate_per_minute: int = Field(
        600, ge=0, le=10**6, description="Questions a minute of one secret key; 0 is no limit."
    )
    public_rate_per_minute: int = Field(
        30, ge=0, le=10**6, description="Questions a minute of one reader with a public key."
    )
    ingest_root: str = Field("", description="Folder that ingestions may read from; empty is none.")
    widget_title: str = Field("", max_length=80, description="Heading of the chat.")
    widget_starters: str = Field(
        "", max_length=2000, description="Questions to begin with, separated by |."
    )
    widget_disclaimer: str = Field("", max_length=300, description="Line under the chat.")


class FetchSettings(BaseSettings):
    """What ingestion may fetch of addresses: environment prefix ``HUAWEN_FETCH_``."""

    model_config = SettingsConfigDict(env_prefix="HUAWEN_FETCH_", extra="ignore", frozen=True)

    networks: str = Field(
        "", description="Private networks, by commas, that pages may be fetched from: 10.1.0.0/16."
    )

    def allowed(self) -> tuple[Network, ...]:
        """The networks.

        Raises:
            SettingsError: one is none.
        """
        try:
            return tuple(
                ipaddress.ip_network(one.strip()) for one in self.networks.split(",") if one.strip()
            )
        except ValueError as error:
            raise SettingsError(f"HUAWEN_FETCH_NETWORKS: {error}") from error


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, read once."""

    index: IndexSettings
    rag: RagSettings
    llm: LlmSettings
    api: ApiSettings


CLASSES = (IndexSettings, RagSettings, LlmSettings, ApiSettings, FetchSettings)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Every setting, from the environment and the defaults.

    Raises:
        SettingsError: a name does not exist, or a value is not allowed.
    """
    _check_names(os.environ if environ is None else environ)
    try:
        FetchSettings().allowed()
        return Settings(IndexSettings(), RagSettings(), LlmSettings(), ApiSettings())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        prefix = next(c for c in CLASSES if c.__name__ == error.title).model_config["env_prefix"]
        name = f"{prefix}{first['loc'][0]}".upper()
        raise SettingsError(f"{name}={first['input']!r}: {first['msg']}") from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def setting_names() -> dict[str, tuple[type[BaseSettings], str]]:
    """Environment name → class and field, in the order of the classes."""
    return {
        f"{cls.model_config.get('env_prefix', '')}{field}".upper(): (cls, field)
        for cls in CLASSES
        for field in cls.model_fields
    }


def _check_names(environ: Mapping[str, str]) -> None:
    valid = [*setting_names(), *_OTHERS]
    for name in environ:
        if name.upper().startswith("HUAWEN_") and name.upper() not in valid:
            near = difflib.get_close_matches(name.upper(), valid, n=1, cutoff=0.0)
            raise SettingsError(
                f"there is no setting {name!r}",
                hint=f"Did you mean {near[0]}? `huawen config show`",
            )
