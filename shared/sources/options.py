"""A clinic's source options, read into a source's own model: wrong ones are named in plain words, never quoted."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import ConfigurationError, FieldProblem


class Options(BaseModel):
    """Base of every source's options: unknown names are refused, values do not change, errors do not quote input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def parse_options[Model: BaseModel](model: type[Model], options: Mapping[str, object], place: str) -> Model:
    """`options` as `model`. Raises ConfigurationError whose details name each wrong field under `place`."""
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        problems = tuple(
            FieldProblem(".".join((place, *map(str, problem["loc"]))), problem["msg"])
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        )
    named = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
    raise ConfigurationError(f"The source's options are wrong. {named}", problems)
