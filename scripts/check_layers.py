#!/usr/bin/env python3
"""Fails when a room includes something it should not know about (docs/architecture.md, the table of rooms)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Which rooms a room may include, beside itself and the public headers.
MAY_SEE = {
    "include": set(),
    "study": set(),
    "algorithms": {"study"},
    "schedulers": {"study"},
    "actors": {"study"},
    "dashboard": {"study"},
    "runtime": {"study", "algorithms", "schedulers", "actors", "dashboard"},
}
# Where a third-party library may be seen.
ONLY_IN = {
    "caf/": {"actors"},
    "Eigen/": {"algorithms"},
    "boost/": {"dashboard", "runtime"},
    "msgpack": {"study"},
    "nlohmann/": {"study", "dashboard", "runtime"},
    "yaml-cpp/": {"study"},
    "zlib": {"study"},
    "sqlite3": {"runtime"},
    "openssl/": {"dashboard", "runtime"},
    "CLI/": {"runtime"},
    "gtest/": set(),
    "gmock/": set(),
}
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')


def complaints():
    for room, sees in MAY_SEE.items():
        for file in sorted(path for path in (ROOT / room).rglob("*") if path.suffix in (".hpp", ".cpp")):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                where, included = f"{file.relative_to(ROOT)}:{number}", found[2]
                top = included.split("/")[0]
                if room == "include" and found[1] == '"':
                    yield f"{where}: public headers include <sherpa/…>, not \"{included}\""
                if top in MAY_SEE and top != room and top not in sees:
                    yield f"{where}: {room}/ may not see {included}"
                for library, homes in ONLY_IN.items():
                    if included.startswith(library) and room not in homes:
                        yield f"{where}: {included} belongs in {' or '.join(sorted(homes)) or 'the tests'}"
            if room != "actors" and file.name != "caf.hpp" and "CAF_" in file.read_text():
                yield f"{file.relative_to(ROOT)}: only actors/caf.hpp knows which CAF is there"


found = list(complaints())
print("\n".join(found) if found else "rooms: all in order")
sys.exit(bool(found))
