"""What calls change, and what they hand over to code that may change it.

Pure. Upon `Changing`, which knows whose objects an expression gives.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from .aliasing import (
    CHANGING,
    CHANGING_FIRST,
    DRAWING,
    SHOWING,
    called_name,
    dotted,
    filled_by,
    is_namespace,
    last_name,
)
from .changing import Changing
from .memory import changed_by, is_chance, is_doubtful, is_for_effect, is_seeding, memory_of
from .names import Argument, Call
from .references import Given
from .scopes import parameters_of

_CLASSES = {"bytearray", "deque", "defaultdict", "dict", "list", "object", "set", "super", "type"}
"""What Python's own methods may be called by, `dict.update(d, a=1)`, beside what is in capitals."""


class Handing(Changing):
    """Notes what is done by the calls that it is led to."""

    _alone: ast.AST | None = None  # the call whose value nobody takes

    def visit_Call(self, node: ast.Call) -> None:
        name, function = called_name(node), node.func
        self._reads_by_text(node)
        if isinstance(function, ast.Attribute) and self._is_changing(function):
            self._held_by(node, function.value)
            if is_namespace(function.value):
                self._keyed = function.value
                for key in [each.arg for each in node.keywords] or [None]:
                    self._by_text(ast.Constant(key) if key else None, node)
        if node.args and (name in CHANGING_FIRST or (name in CHANGING and _is_of_class(function))):
            self._change(node.args[0])
            self._held_by(node, node.args[0])
            self._changes_class(node.args[0])
        for each in (*filled_by(node), *self._streams_in(node)):
            if not self._origins_of(each):  # print(..., file=sys.stderr)
                self._change(each)
        if isinstance(function, ast.Attribute) and name == "start":
            self._start(function.value)
        if name not in SHOWING:
            for each in node.args:
                self._take(each)
        seeded = self._of_module(node)
        self._names.is_calling |= self._is_now
        is_method = isinstance(function, ast.Attribute)
        with self._for(self._names.hands_over if is_method else self._names.calls_on):
            if seeded:
                self._read(dotted(function)[0], function, None)
            else:
                with self._base(function):
                    self.visit(function)
        if node in self._known.writing:
            self._write(node)
        with self._for(self._names.hands_over):
            self.block([*node.args, *node.keywords])
        for memory in seeded:
            self._bind_memory(memory)
        self._note(node, name)

    def _of_module(self, node: ast.Call) -> set[str]:
        """What a call changes of what modules remember. Returns what it makes begin anew."""
        origins = self._origins_of(node.func)
        for origin in origins:
            changed = changed_by(origin)
            if node is self._alone and not changed and is_for_effect(origin):
                if is_doubtful(origin) and self._is_now:
                    self._names.doubts |= {memory_of(origin), *self._given_to(node)}
                else:
                    changed = {memory_of(origin)}
            elif changed and not is_chance(origin):
                for each in node.args[:1]:  # add_path(graph, nodes), update_wrapper(new, old)
                    self._change(each)
            for memory in sorted(changed):
                self._change_ref((self._module, memory))
        if not origins and isinstance(node.func, ast.Attribute) and node.func.attr in DRAWING:
            self._change(node.func.value)
        return {memory_of(each) for each in origins if is_seeding(each)}

    def _given_to(self, node: ast.Call) -> set[str]:
        """The global names whose objects are handed over in a call."""
        refs = [ref for each in node.args for ref in self._refs(each)[0]]
        return {name for scope, name in refs if scope is self._module}

    def _write(self, node: ast.Call) -> None:
        """It writes to what is in the place of `sys.stdout`."""
        memory = memory_of("sys.stdout")
        self._note_read(memory, node)
        self._change_ref((self._module, memory), is_deep=True)
        calls = self._names.calls if self._is_now else self._names.later_calls
        calls.append(Call("write", True, (Argument(0, frozenset({memory}), frozenset()),)))

    def _start(self, patch: ast.expr) -> None:
        """`patch("time.time").start()` changes a module, until it is stopped."""
        for ref in self._patched(patch):
            self._change_ref(ref)
        if last_name(patch) in self._known.patching:
            self._change(patch)

    def _bind_memory(self, memory: str) -> None:
        if self._is_now:
            self._names.may_bind.add(memory)
            self._module.certain.add(memory)
        else:
            self._names.later_binds.add(memory)

    def _changes_class(self, node: ast.expr) -> None:
        """`type(x).n = 1` and `setattr(x.__class__, ...)` change the class of what `x` is."""
        match node:
            case (
                ast.Call(func=ast.Name(id="type"), args=[ast.expr() as of])
                | ast.Attribute(value=of, attr="__class__")
            ) if self._is_now:
                refs = self._refs(of)[0]
                self._names.kinds |= {name for scope, name in refs if scope is self._module}

    def _note(self, node: ast.Call, name: str) -> None:
        """A call may change what it is given, if what is called is known."""
        function = node.func
        if name in SHOWING and isinstance(function, ast.Name):
            return
        is_method = not isinstance(function, ast.Name)
        given: list[tuple[int | str | None, ast.expr]] = []
        if is_method:
            of = function.value if isinstance(function, ast.Attribute) else function
            given.append((0, of))
        is_starred = False
        for each in node.args:
            is_starred = is_starred or isinstance(each, ast.Starred)
            given.append((None if is_starred else len(given), each))
        given += [(keyword.arg, keyword.value) for keyword in node.keywords]
        arguments: list[Given] = []
        for key, each in given:
            same, held = self._refs(each)
            arguments.append((key, same, held) if key is not None else (key, [*same, *held], ()))
        self._call_back(node, [each for _, each in given])
        if isinstance(function, ast.Lambda):
            self._call_lambda(function, arguments[1:])
        elif is_method or self.scope.home(name) is self._module:
            self._called(node, name, arguments, is_method=is_method)
        shifted: list[Given] = [
            (key - 1 if isinstance(key, int) else key, same, held)
            for key, same, held in arguments[1:]
        ]
        if isinstance(function, ast.Name) and (
            self.scope.home(name) is not self._module or name in self._module.certain
        ):  # for each in table: each(x)
            same, held = self._refs(function)
            behind: list[Given] = [
                (key + 1 if isinstance(key, int) else key, own, parts)
                for key, own, parts in arguments
            ]
            self._called(_no_call(node), "", [(0, same, held), *behind], is_method=True)
        if isinstance(function, ast.Call):
            self._noted.change_result(function)
        if _is_of_class(function):  # Box.put(box, 1)
            self._called(_no_call(node), name, shifted, is_method=True)
        elif not name and not isinstance(function, ast.Lambda):  # [put, get][0](box)
            for part in ast.walk(function):
                if isinstance(part, ast.Name):
                    self._called(_no_call(node), part.id, shifted, is_method=False)

    def _called(
        self, node: ast.Call, name: str, arguments: Sequence[Given], *, is_method: bool
    ) -> None:
        self._noted.call(
            self.scope, node, name, arguments, is_method=is_method, is_now=self._is_now
        )

    def _call_back(self, node: ast.Call, given: Sequence[ast.expr]) -> None:
        """What is called may call what it is given, with all that it is given."""
        refs = list({ref for each in given for part in self._refs(each) for ref in part})
        for each in given:
            if isinstance(each, ast.Lambda):
                self._call_lambda(each, [(None, refs, ())])
            elif isinstance(each, ast.Attribute) and each is not getattr(node.func, "value", None):
                same, held = self._refs(each.value)
                arguments: list[Given] = [(0, same, held), (None, refs, ())]
                self._called(_no_call(each), each.attr, arguments, is_method=True)
            elif isinstance(each, ast.Name) and self.scope.home(each.id) is self._module:
                self._called(_no_call(each), each.id, [(None, refs, ())], is_method=False)

    def _call_lambda(self, node: ast.Lambda, arguments: Iterable[Given]) -> None:
        scope = self._lambdas[node]
        places = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        for key, same, held in arguments:
            at = key - 1 if isinstance(key, int) else None
            names = [key] if isinstance(key, str) else places[at : at + 1] if at is not None else []
            for name in names or [each.arg for each in parameters_of(node.args)]:
                self._noted.view((scope, name), same, held)


def _is_of_class(node: ast.expr) -> bool:
    """Whether a method is called by its class, which says so by its name: `dict.update(d, a=1)`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name)):
            return name[:1].isupper() or name in _CLASSES
    return False


def _no_call(node: ast.expr) -> ast.Call:
    """A node of its own for a call that is not written there."""
    return ast.copy_location(ast.Call(node, [], []), node)
