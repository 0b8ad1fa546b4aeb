"""Objects that lie, and libraries changed under the grader's feet.

The control is a grader of the ordinary kind, which compares the student's object in the student's process.
"""

from __future__ import annotations

from autograder.evidence import Array, Evidence, Model, Scalar
from autograder.worker.allowed import refusal
from tests.security.attack import CREDIT, Attack, attack, family
from tests.security.world import World


def credited(world: World, evidence: Evidence) -> list[str]:
    """Whether the object counts as the answer although it is not."""
    value = evidence.questions["attack"].values.get("loot") if "attack" in evidence.questions else None
    if isinstance(value, Scalar) and value.value == CREDIT:
        return ["the object passed for the right answer"]
    if isinstance(value, Array) and value.array.size and bool((value.array == CREDIT).all()):
        return ["the object passed for the right answer"]
    return []


def _liar(id: str, tries: str, *cells: str, keeps: str = "all") -> Attack:
    return attack(id, tries, *cells, control="naive", outside=credited, keeps=keeps)


def _refused(world: World, evidence: Evidence) -> list[str]:
    """Whether a network with a Lambda layer would be rebuilt."""
    value = evidence.questions["attack"].values.get("loot")
    if isinstance(value, Model) and not refusal(value.config):
        return ["a network with code of its own would be rebuilt"]
    return []


ATTACKS = family(
    "object",
    [
        _liar(
            "equal_to_all",
            "answer with an object that equals everything",
            """
            class Equal:
                def __eq__(self, other): return True
                def __bool__(self): return True
            loot = Equal()
            """,
        ),
        _liar(
            "lying_number",
            "answer with a number of an own class that compares as it likes",
            """
            class Number(int):
                def __eq__(self, other): return True
                def __sub__(self, other): return 0
                __rsub__ = __sub__
                def __int__(self): return 42
                def __index__(self): return 42
                def __float__(self): return 42.0
            loot = Number(0)
            """,
        ),
        _liar(
            "lying_text",
            "answer with a text of an own class",
            """
            class Text(str):
                def __eq__(self, other): return True
                __hash__ = str.__hash__
                def encode(self, *how): raise SystemExit
                def __getitem__(self, what): return "42"
            loot = Text("0")
            """,
        ),
        _liar(
            "lying_class",
            "answer with an object that says it is an integer",
            """
            class Pretender:
                __class__ = property(lambda self: int)
                __eq__ = lambda self, other: True
                def __int__(self): return 42
            Pretender.__name__ = "int"
            loot = Pretender()
            """,
        ),
        _liar(
            "array_protocol",
            "answer with an object that makes its array when asked",
            """
            class Late:
                def __array__(self, *how, **more):
                    import numpy
                    return numpy.full(3, 42)
            loot = Late()
            """,
        ),
        _liar(
            "array_subclass",
            "answer with an array of an own class whose comparisons always agree",
            """
            import numpy
            class Agreeing(numpy.ndarray):
                def __array_ufunc__(self, ufunc, method, *inputs, **more): return numpy.True_
                def __array_function__(self, function, kinds, arguments, more): return True
                def __eq__(self, other): return True
            loot = numpy.zeros(3).view(Agreeing)
            """,
        ),
        attack(
            "reduce",
            "answer with an object that runs code when copied or unpickled",
            """
            class Bomb:
                def __reduce__(self):
                    return (open, (W["result"], "w"))
            loot = Bomb()
            """,
            control="naive",
        ),
        attack(
            "endless_list",
            "answer with a list that never ends",
            """
            class Endless(list):
                def __iter__(self):
                    while True:
                        yield 1
                def __len__(self): return 1
            loot = Endless([1])
            """,
            control="held",
        ),
        attack(
            "own_member",
            "answer with a list that holds itself, and a very deep one",
            "loot = []\nloot.append(loot)",
            "for step in range(100_000): loot = [loot]",
            control="held",
        ),
        attack(
            "terabytes",
            "answer with an array of four terabytes that takes no memory",
            """
            import numpy
            loot = numpy.broadcast_to(numpy.float32(1), (1_000_000, 1_000_000))
            """,
            control="held",
        ),
        attack(
            "object_array",
            "answer with an array of objects that act when touched",
            """
            import numpy
            class Touchy:
                def __getattribute__(self, name): os._exit(1)
            loot = numpy.array([Touchy(), None], dtype=object).reshape(2, 1)
            """,
            control="held",
        ),
        attack(
            "structured_array",
            "answer with arrays of texts, records and dates",
            """
            import numpy
            loot = [numpy.zeros(2, "U1000000"), numpy.zeros(3, "M8[s]"), numpy.zeros(2, [("a", "O")]),
                    numpy.zeros((2, 2), "V8"), numpy.longdouble(1), numpy.complex128(1j)]
            """,
            control="held",
        ),
        _liar(
            "patched_numpy",
            "make NumPy's comparisons agree",
            """
            import numpy
            numpy.allclose = numpy.array_equal = numpy.isclose = lambda *what, **more: True
            numpy.testing.assert_allclose = lambda *what, **more: None
            """,
        ),
        _liar(
            "patched_conversion",
            "make NumPy turn every object into the answer",
            """
            import numpy
            whole = numpy.full(1, 42)
            numpy.asarray = numpy.array = lambda *what, **more: whole
            """,
            keeps="before",
        ),
        attack(
            "patched_json",
            "make json write what it likes",
            'json.dumps = lambda *what, **more: \'{"kind": "end"}\'',
            "json.loads = lambda *what, **more: {}",
            control="held",
            keeps="before",
        ),
        attack(
            "patched_builtins",
            "replace built-in functions",
            """
            import builtins
            builtins.isinstance = lambda *what: True
            builtins.len = lambda *what: 0
            builtins.type = str
            """,
            control="held",
            keeps="before",
        ),
        attack(
            "patched_worker",
            "replace the worker's own functions",
            """
            for name, module in list(sys.modules.items()):
                if name.startswith("autograder"):
                    for attribute in list(vars(module)):
                        if callable(getattr(module, attribute)) and not attribute.startswith("__"):
                            setattr(module, attribute, lambda *what, **more: {"type": "scalar", "value": 42})
            """,
            control="held",
            keeps="before",
        ),
        attack(
            "patched_matplotlib",
            "replace matplotlib's functions",
            """
            import matplotlib.pyplot as plt, matplotlib.axes
            matplotlib.axes.Axes.imshow = None
            plt.figure = plt.show = plt.close = plt.get_fignums = lambda *what, **more: 1 / 0
            """,
            control="held",
        ),
        attack(
            "tracing",
            "trace the grader's functions and change their variables",
            """
            def tracer(frame, event, argument):
                if "capture" in frame.f_code.co_filename or "channel" in frame.f_code.co_filename:
                    frame.f_locals.clear()
                    raise SystemExit
                return tracer
            sys.settrace(tracer)
            """,
            control="held",
            keeps="before",
        ),
        attack(
            "no_modules",
            "empty the table of modules and the namespace",
            """
            kept = sys
            for name in list(kept.modules):
                if name.startswith(("autograder", "numpy", "json", "matplotlib")):
                    del kept.modules[name]
            """,
            control="held",
        ),
        attack(
            "stopped_shell",
            "break IPython's shell",
            """
            shell = get_ipython()
            shell.run_cell = shell.run_line_magic = lambda *what, **more: 1 / 0
            shell.user_ns = {}
            """,
            control="held",
            keeps="before",
        ),
        attack(
            "hidden_code_model",
            "answer with a network that holds Python code",
            """
            import keras
            loot = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: open(W["result"], "w") and x)])
            """,
            control="works",
            outside=_refused,
            cell_seconds=120.0,
        ),
    ],
)
