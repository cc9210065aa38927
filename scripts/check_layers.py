#!/usr/bin/env python3
"""Fails when a room includes something that it should not know about.

The rules are the table of rooms in docs/architecture.md; this script reads them there, so that the page cannot be wrong.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/architecture.md"

# How the table names a third-party library, and how an include of it begins.
LIBRARIES = {
    "CAF": "caf/",
    "Eigen": "Eigen/",
    "Boost": "boost/",
    "msgpack-c": "msgpack",
    "nlohmann-json": "nlohmann/",
    "yaml-cpp": "yaml-cpp/",
    "zlib": "zlib",
    "SQLite": "sqlite3",
    "OpenSSL": "openssl/",
    "CLI11": "CLI/",
    "GoogleTest": ("gtest/", "gmock/"),
}
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')
ROW = re.compile(r"^\| `([\w/]+)/` \|[^|]*\|([^|]*)\|([^|]*)\|")


def table():
    """{room: (rooms it may include, names of libraries)}, as the page says."""
    rooms = {}
    for line in PAGE.read_text().splitlines():
        if row := ROW.match(line):
            sees = set(re.findall(r"`([\w/]+)/`", row[2]))
            rooms[row[1]] = (sees, {name.strip() for name in row[3].split(",")} - {""})
    return rooms


def room_of(path, rooms):
    """The innermost room that a path from the top lies in."""
    fits = [room for room in rooms if path == room or path.startswith(room + "/")]
    return max(fits, key=len, default=None)


def visible(room, rooms):
    """The rooms that a room may include: itself, those of its row, and, where a row names a folder of rooms, all of these."""
    sees = {room}
    for name in rooms[room][0]:
        sees |= {name} if name in rooms else {other for other in rooms if other.startswith(name + "/")}
    return sees


def complaints():
    rooms = table()
    if len(rooms) < 10:
        yield f"{PAGE.relative_to(ROOT)}: the table of rooms was not found"
        return
    for room, (sees, libraries) in rooms.items():
        for name in sees:
            if name not in rooms and not any(other.startswith(name + "/") for other in rooms):
                yield f"{PAGE.relative_to(ROOT)}: {room}/ may include {name}/, which is not a room"
        for name in libraries - LIBRARIES.keys():
            yield f"{PAGE.relative_to(ROOT)}: {room}/ uses {name}, which scripts/check_layers.py does not know"
        if not (ROOT / room).is_dir():
            yield f"{PAGE.relative_to(ROOT)}: there is no folder {room}/"
    tops = {room.split("/")[0] for room in rooms}
    for top in sorted(tops):
        for file in sorted(path for path in (ROOT / top).rglob("*") if path.suffix in (".hpp", ".cpp")):
            yield from complaints_of(file, rooms)


def complaints_of(file, rooms):
    name = str(file.relative_to(ROOT))
    room = room_of(name, rooms)
    if room is None:
        yield f"{name}: lies in no room of the table in {PAGE.relative_to(ROOT)}"
        return
    sees, libraries = visible(room, rooms), rooms[room][1]
    text = file.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        where, included = f"{name}:{number}", found[2]
        if room == "include/sherpa" and found[1] == '"':
            yield f'{where}: public headers include <sherpa/…>, not "{included}"'
        target = room_of(included.rsplit("/", 1)[0], rooms) if found[1] == '"' else None
        if target and target not in sees:
            yield f"{where}: {room}/ may not include {included}"
        for library, prefix in LIBRARIES.items():
            if included.startswith(prefix) and library not in libraries:
                yield f"{where}: {room}/ may not use {library}"
    if file.name != "caf.hpp" and "CAF_" in text:
        yield f"{name}: only actors/caf.hpp knows which version of CAF there is"


if __name__ == "__main__":
    found = list(complaints())
    print("\n".join(found) if found else "rooms: all in order")
    sys.exit(bool(found))
