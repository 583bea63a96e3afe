"""Raw responses kept as WARC, so that pages can be extracted again when extraction has become better."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from discourse.errors import FULL, StoreError, StoreFull

_LENGTHS = ("content-encoding", "transfer-encoding", "content-length")


def writer(folder: Path, source: str, now: datetime) -> Callable[[str, int, list[tuple[str, str]], bytes], None]:
    """Return a callable that appends one response to a source's WARC file of the day; bodies are kept unpacked."""
    path = folder / f"{source}-{now:%Y%m%d}.warc.gz"

    def keep(url: str, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter

        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        kept = [(k, v) for k, v in headers if k not in _LENGTHS] + [("content-length", str(len(body)))]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                made = WARCWriter(file, gzip=True)
                made.write_record(
                    made.create_warc_record(
                        url,
                        "response",
                        payload=io.BytesIO(body),
                        http_headers=StatusAndHeaders(f"{status} {phrase}", kept, protocol="HTTP/1.1"),
                        warc_headers_dict={"WARC-Date": f"{now:%Y-%m-%dT%H:%M:%SZ}"},
                    )
                )
        except OSError as error:
            kind = StoreFull if error.errno in FULL else StoreError
            raise kind(
                f"{folder} cannot be written ({error.strerror}).", phase="archive", remedy="Check room and permissions."
            ) from error

    return keep
