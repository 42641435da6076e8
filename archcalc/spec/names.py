"""Which names a spec may give, and why: every name can become an attribute of an exported nn.Module."""

from __future__ import annotations

import keyword
import re

from archcalc.expressions.functions import NAMES as FUNCTION_NAMES

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LABEL = re.compile(r"[A-Za-z0-9_]+(?:-+[A-Za-z0-9_]+)*")

LAYER_KEYS = ("as", "from", "when", "trainable", "tied", "ignore")
"""What stands beside a layer, a call or a group."""
LOOP_KEYS = ("for", "repeat")
STEP_KEYS = (*LAYER_KEYS, "do", *LOOP_KEYS)
WIRING_KINDS = ("use", "apply", "fork", "register")
RESERVED_WORDS = frozenset(
    {"here", "input", "in_channels", "true", "false", "and", "or", "not", "if", "else", "same", "valid"}
)

MODULE_ATTRIBUTES = frozenset(
    [
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)
"""Public attributes of torch.nn.Module (torch 2.13)."""

PRIVATE_ATTRIBUTES = frozenset(
    [
        "_apply",
        "_backward_hooks",
        "_backward_pre_hooks",
        "_buffers",
        "_call_impl",
        "_compiled_call_impl",
        "_forward_hooks",
        "_forward_hooks_always_called",
        "_forward_hooks_with_kwargs",
        "_forward_pre_hooks",
        "_forward_pre_hooks_with_kwargs",
        "_get_backward_hooks",
        "_get_backward_pre_hooks",
        "_get_name",
        "_is_full_backward_hook",
        "_load_from_state_dict",
        "_load_state_dict_post_hooks",
        "_load_state_dict_pre_hooks",
        "_maybe_warn_non_full_backward_hook",
        "_modules",
        "_named_members",
        "_non_persistent_buffers_set",
        "_parameters",
        "_register_load_state_dict_pre_hook",
        "_register_state_dict_hook",
        "_replicate_for_data_parallel",
        "_save_to_state_dict",
        "_slow_forward",
        "_state_dict_hooks",
        "_state_dict_pre_hooks",
        "_version",
        "_wrapped_call_impl",
    ]
)
"""Attributes that torch.nn.Module keeps for itself (torch 2.13). Other names with an underscore in front are free."""


MAX_LENGTH = 100


def problem_with_label(name: str) -> str | None:
    """Why a step cannot have this name, or None. It is what PyTorch takes as the name of a module.

    >>> problem_with_label("forward"), problem_with_label("conv1"), problem_with_label("block1-0")
    ('`forward` is an attribute of torch.nn.Module', None, None)
    """
    if len(name) > MAX_LENGTH:
        return f"`{name[:20]}...` has more than {MAX_LENGTH} characters"
    if not LABEL.fullmatch(name):
        return f"`{name}` is not a name: names are letters, digits and underscores, with hyphens between them"
    if name in ("here", "input", "in_channels", "true", "false", "none"):
        return f"`{name}` is a word of the language"
    if keyword.iskeyword(name):
        return f"`{name}` is a keyword of Python"
    if name in MODULE_ATTRIBUTES or name in PRIVATE_ATTRIBUTES or (name.startswith("__") and name.endswith("__")):
        return f"`{name}` is an attribute of torch.nn.Module"
    if name.startswith("__"):
        return f"`{name}` begins with two underscores, and Python gives such attributes another name"
    return None


def name_instead(name: str) -> tuple[str, ...]:
    """What to write for a name that is none because of other characters in it; nothing where that is not the problem.

    >>> name_instead("my-width"), name_instead("same")
    (('write `my_width`',), ())
    """
    other = re.sub(r"\W+", "_", name).strip("_")
    return (f"write `{other}`",) if other != name and problem_with_value_name(other) is None else ()


def problem_with_value_name(name: str) -> str | None:
    """Why a symbol, let, parameter or loop variable cannot have this name, or None.

    A function of the language is known by its parenthesis, so that a value may be called `channels`.

    >>> problem_with_value_name("same"), problem_with_value_name("channels")
    ('`same` is a word of the language', None)
    """
    if len(name) > MAX_LENGTH:
        return f"`{name[:20]}...` has more than {MAX_LENGTH} characters"
    if not WORD.fullmatch(name):
        return f"`{name}` is not a name: letters, digits and underscores, not beginning with a digit"
    if name in RESERVED_WORDS:
        return f"`{name}` is a word of the language"
    if keyword.iskeyword(name):
        return f"`{name}` is a keyword of Python"
    return None


def problem_with_function_name(name: str) -> str | None:
    """Why a function of `let` cannot have this name, or None.

    >>> problem_with_function_name("channels")
    '`channels` is a function of the language'
    """
    return f"`{name}` is a function of the language" if name in FUNCTION_NAMES else problem_with_value_name(name)
