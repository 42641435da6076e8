"""Layers as people call them in Python: values in the order of a spec, fields by name, and mistakes in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from archcalc.diagnostics import closest

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class WrongFields(TypeError, ValueError):
    """A layer cannot be made of these values; the message says which field is wrong, and what it takes.

    >>> from archcalc.layers import Conv
    >>> Conv(out=4, kernel=3, strides=2)
    Traceback (most recent call last):
    ...
    archcalc.layers.construction.WrongFields: Conv has no field `strides`; did you mean `stride`?
    """


class LayerType(ModelMetaclass):
    """The type of layer classes: it calls them as a spec does, and shows their fields and nothing of how they work.

    >>> from archcalc.layers import Conv, MaxPool
    >>> Conv(4, 3) == Conv(out=4, kernel=3), MaxPool(2)
    (True, MaxPool(kernel=2))
    """

    if TYPE_CHECKING:
        # What every layer class has.
        model_fields: dict[str, Any]
        main: str | None
        main_is_list: bool
        other_names: dict[str, str]
        __class_vars__: set[str]

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        # Pydantic evaluates the annotations of a class once more for every class below it, and has noted its constants.
        for constant in self.__class_vars__:
            self.__annotations__.pop(constant, None)

    def __call__(self, *values: Any, **fields: Any) -> Any:
        """A layer. Raises: WrongFields."""
        fields = {self.other_names.get(name, name): value for name, value in fields.items()}
        given = self._in_order(values)
        if twice := [name for name in given if name in fields]:
            raise WrongFields(f"{self.__name__} gets `{twice[0]}` twice: by its place and by its name")
        try:
            return super().__call__(**given, **fields)
        except ValidationError as error:
            raise WrongFields("; ".join(_mistakes(self, error))) from None

    def _in_order(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """Values by field, as a spec reads them: one is what a bare value sets, several are those of a list."""
        names = list(self.model_fields)
        if self.main and (len(values) == 1 or (values and self.main_is_list)):
            return {self.main: values[0] if len(values) == 1 else values}
        if len(values) > len(names):
            takes = f"at most {len(names)} values ({', '.join(names)})" if names else "no values"
            raise WrongFields(f"{self.__name__} takes {takes}, not {len(values)}")
        return dict(zip(names, values, strict=False))

    @property
    def __signature__(self) -> Signature:
        """The fields with their defaults."""
        return Signature(list(_parameters(self)))

    @__signature__.setter
    def __signature__(self, found: Signature) -> None:
        """Pydantic's own, which names its types, is not kept."""

    def __dir__(self) -> list[str]:
        """What a layer has besides the machinery of its base."""
        return _own_names(self)


def _parameters(cls: LayerType) -> Iterator[Parameter]:
    has_default = by_name = False
    for name, field in cls.model_fields.items():
        default = Parameter.empty if field.is_required() else field.default
        # Behind a field with a default, Python wants those without one by name, and then all that follow.
        by_name = by_name or (has_default and field.is_required())
        has_default = has_default or not field.is_required()
        yield Parameter(name, Parameter.KEYWORD_ONLY if by_name else Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _own_names(cls: type) -> list[str]:
    """The attributes of a class that no part of pydantic defines."""
    machinery = set(object.__dir__(BaseModel)) | set(vars(BaseModel)) | {"model_config"}
    own = {name for one in cls.__mro__ if one.__module__.startswith("archcalc.") for name in vars(one)}
    fields: list[str] = list(cls.model_fields)  # type: ignore[attr-defined]  # every layer is a model
    return sorted({*fields, *(name for name in own if name not in machinery and not name.startswith("_"))})


def _mistakes(cls: Any, error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        cause = one.get("ctx", {}).get("error")
        if one["type"] == "extra_forbidden":
            near = closest(field, cls.model_fields)
            fields = ", ".join(cls.model_fields)
            hint = f"did you mean `{near}`?" if near else f"it has {fields}" if fields else "it has none"
            yield f"{cls.__name__} has no field `{field}`; {hint}"
        elif one["type"] == "missing":
            yield f"{cls.__name__} needs `{field}`"
        elif one["type"] == "literal_error":
            yield f"`{field}` of {cls.__name__} is {one['ctx']['expected']}, not {one['input']!r}"
        elif cause is not None:
            # A rule about several fields belongs to the layer as a whole.
            yield f"`{field}` of {cls.__name__} {cause}" if field else f"{cls.__name__} {cause}"
        else:
            yield f"`{field}` of {cls.__name__}: {one['msg']}"
