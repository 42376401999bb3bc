"""Files are refused everywhere but on one page, and there they are read in memory: nothing is written to the disk."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest


class NoUploads(FileUploadHandler):
    """Answers 400 as soon as a file begins, also to people who are not logged in."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RequestDataTooBig("No form of ours takes a file.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class InMemoryUpload(FileUploadHandler):
    """The one file of a form, read into memory and never written anywhere; used by a view that says so.

    A file that is larger is read to its end and forgotten, so that the browser gets an answer instead of a broken
    line; `is_too_large` says so. Only what is many times too large breaks off.
    """

    BREAK_OFF = 8  # times the limit

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most, self.is_too_large, self.size_of_request = most, False, 0
        self.parts: list[bytes] = []

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        self.size_of_request = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.size_of_request > self.BREAK_OFF * self.most:
            self.is_too_large = True
            raise StopUpload(connection_reset=True)
        if self.is_too_large or self.parts:  # one file, whatever the form sends
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.most:
            self.is_too_large = True
        if self.is_too_large:
            self.parts.clear()
        else:
            self.parts.append(raw_data)

    def file_complete(self, file_size: int) -> SimpleUploadedFile | None:
        return None if self.is_too_large else SimpleUploadedFile(self.file_name or "liste", b"".join(self.parts))
