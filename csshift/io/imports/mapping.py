"""A mapping file: the meaning of columns, nicknames, stores and skills of another system."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from csshift.errors import Fault, InputError
from csshift.io.rows import read_text
from csshift.io.wording import complaints
from csshift.model.entity import Entity, Name


class Mapping(Entity):
    """What a file of another system means.

    Parameters
    ----------
    columns : dict of str to str
        Heading by field, for headings that are not known.
    agents : dict of str to str
        Agent by nickname; several nicknames may be one agent's.
    stores, skills : dict of str to str
        Names of this problem by those of the file; others stay as they are.
    """

    columns: dict[str, Name] = Field(default_factory=dict)
    agents: dict[Name, Name] = Field(default_factory=dict)
    stores: dict[Name, Name] = Field(default_factory=dict)
    skills: dict[Name, Name] = Field(default_factory=dict)


def read_mapping(path: Path, fields: tuple[str, ...]) -> Mapping:
    """Return a mapping file.

    Parameters
    ----------
    path : Path
        TOML with tables [columns], [agents], [stores] and [skills].
    fields : tuple of str
        What [columns] may name.

    Raises
    ------
    InputError
        With every fault in it; a nickname given twice is one, as TOML has it.
    """
    text = read_text(path)
    try:
        content = tomllib.loads(text)
        mapping = Mapping.model_validate(content, strict=True)
    except ValidationError as error:
        raise InputError(
            Fault(path.name, found.problem, found.remedy, column=".".join(map(str, found.place)))
            for found in complaints(error, Mapping)
        ) from None
    except (ValueError, RecursionError) as error:
        problem = f"not valid TOML: {str(error)[:1].lower()}{str(error)[1:]}"
        remedy = 'write [agents] and below it "nickname" = "agent_id", each nickname once'
        raise InputError([Fault(path.name, problem, remedy)]) from None
    remedy = f"known fields: {', '.join(fields)}"
    faults = [
        Fault(path.name, "unknown field", remedy, column=f"columns.{field}")
        for field in mapping.columns
        if field not in fields
    ]
    if faults:
        raise InputError(faults)
    return mapping
