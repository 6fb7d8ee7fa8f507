"""One JSON file per photo: the record that every table and report is made from."""

from pathlib import Path

from pydantic import ValidationError

from crackwise.errors import OutputError
from crackwise.files import write_text
from crackwise.inspection.record import InspectionRecord


def write_record(record: InspectionRecord, path: Path) -> None:
    """Write a record as UTF-8 JSON, whole or not at all: its presence says that a photo is done."""
    write_text(path, record_text(record))


def record_text(record: InspectionRecord) -> str:
    """Give a record as it stands in its file."""
    return record.model_dump_json() + "\n"


def read_record(path: Path) -> InspectionRecord:
    """Read a record back, equal to the one that was written.

    Raises
    ------
    OutputError
        If the file is missing, cut short or of another version.
    """
    try:
        return InspectionRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}; inspect the photo again") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        fault = f"{where}: {first['msg']}" if where else first["msg"]
        raise OutputError(
            f"{path} is not a record of this version ({fault}); delete it and run again"
        ) from error
