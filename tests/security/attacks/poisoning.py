"""Poisoning what the next submission, or the judge, will load. What is written is harmless: a name, a comment."""

from __future__ import annotations

from tests.security.attack import attack, family

_OPEN = """
def writable(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        return True
    except OSError:
        return False
"""

ATTACKS = family(
    "poison",
    [
        attack(
            "site_packages",
            "put a module among the installed packages",
            "open(os.path.join(W['site'], W['marker'] + '.py'), 'w').write('# nothing')",
        ),
        attack(
            "path_file",
            "put a .pth file among the installed packages",
            "open(os.path.join(W['site'], W['marker'] + '.pth'), 'w').write('# nothing')",
        ),
        attack(
            "standard_library",
            "put a module into the standard library",
            "open(os.path.join(os.path.dirname(os.__file__), W['marker'] + '.py'), 'w').write('# nothing')",
        ),
        attack(
            "installed_code",
            "open NumPy's, the interpreter's and the standard library's files for writing",
            _OPEN,
            """
            import numpy
            for path in (numpy.__file__, os.__file__, json.__file__, os.path.realpath(sys.executable)):
                if writable(path):
                    won("installed code can be written")
            """,
        ),
        attack(
            "compiled_code",
            "open the compiled files in __pycache__ for writing",
            _OPEN,
            """
            import numpy
            cached = [module.__cached__ for module in (numpy, os, json) if getattr(module, "__cached__", None)]
            if any(map(writable, cached)):
                won("compiled code can be written")
            """,
        ),
        attack(
            "grader_code",
            "open the grader's own source for writing",
            _OPEN,
            """
            if writable(os.path.join(W["package"], "wire.py")):
                won("the grader's code can be written")
            """,
        ),
        attack(
            "install_package",
            "put a package's files where pip would",
            """
            target = os.path.join(W["site"], W["marker"])
            !mkdir "{target}"
            """,
        ),
        attack(
            "support_folder",
            "change the helper that every submission gets",
            "open(os.path.join(W['support'], 'helper.py'), 'w').write('value = 8')",
        ),
        attack(
            "own_helper",
            "change the helper in the own folder",
            "open('helper.py', 'w').write('value = 8')",
            control="held",
        ),
        attack(
            "matplotlib_settings",
            "change the judge's matplotlib settings",
            "open(W['home'] + '/.config/matplotlib/matplotlibrc', 'a').write('backend: svg')",
        ),
        attack(
            "ipython_startup",
            "put a start-up file into the judge's IPython profile",
            "open(W['home'] + '/.ipython/profile_default/startup/00.py', 'a').write('1/0')",
        ),
        attack(
            "user_customize",
            "put usercustomize.py into the judge's user packages",
            """
            folder = W["home"] + "/.local/lib/python3/site-packages"
            os.makedirs(folder)
            open(folder + "/usercustomize.py", "w").write("1/0")
            """,
        ),
        attack(
            "own_home",
            "poison the own home folder and matplotlib's settings",
            """
            import pathlib
            rest = pathlib.Path.home() / ".config/matplotlib"
            rest.mkdir(parents=True, exist_ok=True)
            (rest / "matplotlibrc").write_text("backend: nonsense")
            settings = pathlib.Path(os.environ.get("MPLCONFIGDIR", rest))
            (settings / "matplotlibrc").write_text("backend: nonsense")
            for fonts in settings.glob("fontlist-*.json"):
                fonts.write_text("{")
            """,
            control="held",
        ),
    ],
)
